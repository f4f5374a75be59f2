from typing import final

from qt_core.candles import Candles

@final
class Volatility:
    def __init__(self, candles: Candles) -> None: ...
