from typing import final

from qt_core.candles import Candles
from qt_core.tape import Tape

@final
class Volume:
    overflows: int
    def __init__(self, candles: Candles, tape: Tape) -> None: ...
