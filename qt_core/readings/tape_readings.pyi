from qt_core.market import Market

class TapeReadings:
    def __init__(self, market: Market) -> None: ...
