from qt_core.candles import Candles
from qt_core.tape import Tape

class Flow:
    def __init__(self, candles: Candles, tape: Tape, step: tuple[int, int]) -> None: ...
