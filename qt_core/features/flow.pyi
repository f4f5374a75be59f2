from typing import final

from qt_core.candles import Candles
from qt_core.tape import Tape

@final
class Flow:
    def __init__(self, candles: Candles, tape: Tape, step: tuple[int, int]) -> None: ...
