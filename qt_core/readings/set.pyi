from qt_core.market import Market

class ReadingSet:
    def __init__(self, market: Market) -> None: ...
