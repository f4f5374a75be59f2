from qt_core.candles import Candles

class Returns:
    def __init__(self, candles: Candles) -> None: ...
