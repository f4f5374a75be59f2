from typing import final

from qt_core.tape import Tape

@final
class Microstructure:
    def __init__(self, tape: Tape) -> None: ...
