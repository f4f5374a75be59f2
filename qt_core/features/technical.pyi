from typing import final

from qt_core.candles import Candles

@final
class Technical:
    def __init__(self, candles: Candles) -> None: ...
