"""A library's file before it is loaded: whether it is there, one at all, and of this process's width."""
from __future__ import annotations

import struct
from pathlib import Path

from qt_app.errors import ExitCode
from qt_app.services.finding import Finding


def library_file(path: Path) -> Finding:
    """What is to be said of the file."""
    if not path.is_file():
        return _bad(f"no file at {path}", "correct --dll or PROFIT_DLL_PATH")
    ours, bits = struct.calcsize("P") * 8, width(path.read_bytes()[:4096])
    if bits is None:
        return _bad(f"{path} is no library", "name the ProfitDLL file itself")
    if bits != ours:
        return _bad(f"{path} is a {bits}-bit library, this Python has {ours} bits", f"use the {ours}-bit library")
    return Finding("library file", "ok", f"{bits}-bit, as this Python")


def _bad(detail: str, remedy: str) -> Finding:
    return Finding("library file", "fail", detail, remedy, ExitCode.BROKER)


def width(head: bytes) -> int | None:
    """Bits of a library by its first bytes (ELF or PE); None when it is neither."""
    if head[:4] == b"\x7fELF" and len(head) > 4:
        return {1: 32, 2: 64}.get(head[4])
    if head[:2] == b"MZ" and len(head) >= 64:
        at = struct.unpack_from("<I", head, 60)[0]
        if head[at:at + 4] == b"PE\0\0" and len(head) >= at + 6:
            return {0x14C: 32, 0x8664: 64, 0xAA64: 64}.get(struct.unpack_from("<H", head, at + 4)[0])
    return None
