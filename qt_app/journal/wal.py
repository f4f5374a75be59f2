"""Has a write-ahead log been damaged? SQLite itself reads one up to its first bad frame and forgets the rest.

A program that dies leaves at most one unfinished transaction at the log's end, because the next one starts only after
the one before is on the disk. So when whole transactions of the same log lie behind a bad frame, something that was
durable is damaged, and the log must not be used, let alone written over.
"""
from __future__ import annotations

import struct
from pathlib import Path

_HEADER = struct.Struct(">8I")     # magic, version, page size, sequence, salt (2), checksum (2)
_FRAME = struct.Struct(">6I")      # page, size of the database in pages if this ends a transaction, salt, checksum
_MAGIC = 0x377F0682                # + 1: checksums of big-endian words
_WORD = 0xFFFFFFFF

Sum = tuple[int, int]


def damage(path: Path) -> str:
    """What is wrong with the log at ``path``; "" when nothing is, or when there is none. Raises OSError."""
    log = path.read_bytes() if path.exists() else b""
    if len(log) < _HEADER.size or not any(log[:_HEADER.size]):
        return ""
    magic, _, page_size, _, *_ = _HEADER.unpack_from(log)
    order = ">" if magic & 1 else "<"
    if magic & ~1 != _MAGIC or page_size < 512 or _sum(log[:24], order, (0, 0)) != _HEADER.unpack_from(log)[6:]:
        return "its header is damaged"
    good, behind = _walk(log, order, page_size)
    return f"frame {good + 1} is damaged and {behind} transactions lie behind it" if behind > 1 else ""


def _walk(log: bytes, order: str, page_size: int) -> tuple[int, int]:
    """How many frames are good, and how many ends of transactions of the same log come after them."""
    salt, so_far = _HEADER.unpack_from(log)[4:6], _HEADER.unpack_from(log)[6:]
    starts = range(_HEADER.size, len(log) - _FRAME.size - page_size + 1, _FRAME.size + page_size)
    for number, at in enumerate(starts):
        page = log[at + _FRAME.size:at + _FRAME.size + page_size]
        so_far = _sum(page, order, _sum(log[at:at + 8], order, so_far))
        if _FRAME.unpack_from(log, at)[2:] != (*salt, *so_far):
            return number, sum(_ends(log, other, salt) for other in starts[number:])
    return len(starts), 0


def _ends(log: bytes, at: int, salt: tuple[int, ...]) -> bool:
    """Whether the frame at this place ends a transaction of the log with this salt."""
    page, size, *rest = _FRAME.unpack_from(log, at)
    return bool(page and size) and tuple(rest[:2]) == salt


def _sum(data: bytes, order: str, start: Sum) -> Sum:
    """SQLite's checksum over pairs of 32-bit words, going on from ``start``."""
    a, b = start
    for x, y in struct.iter_unpack(f"{order}2I", data):
        a = (a + x + b) & _WORD
        b = (b + y + a) & _WORD
    return a, b
