from qt_core.market import Market

class BookReadings:
    def __init__(self, market: Market) -> None: ...
