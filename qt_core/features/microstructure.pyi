from qt_core.tape import Tape

class Microstructure:
    def __init__(self, tape: Tape) -> None: ...
