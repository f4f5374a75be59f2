from typing import Self

from qt_core.market import Market

class BookReadings:
    def __new__(cls, market: Market) -> Self: ...
