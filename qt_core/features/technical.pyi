from qt_core.candles import Candles

class Technical:
    def __init__(self, candles: Candles) -> None: ...
