from qt_core.candles import Candles

class Volatility:
    def __init__(self, candles: Candles) -> None: ...
