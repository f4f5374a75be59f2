"""Digests of a recorded part's rows, kept in its own metadata: what was changed later is found within a block of rows.

They tell what a bad disk, a tool or a hand did by accident; against somebody who writes new digests they prove nothing.
"""
from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from itertools import zip_longest
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

#: Rows under one digest; the recorder's row groups hold a multiple of it.
BLOCK = 256
#: Key of a part's metadata: the digests of its blocks, a JSON list.
KEY = "row_digests"


def of_table(table: pa.Table) -> list[str]:
    """One digest for each block of rows: 16 hex digits over the values of every column, in the columns' order."""
    columns = [np.ascontiguousarray(column.to_numpy()) for column in table.columns]
    return [_of_block([column[first:first + BLOCK] for column in columns])
            for first in range(0, table.num_rows, BLOCK)]


def to_text(digests: Sequence[str]) -> str:
    return orjson.dumps(digests).decode()


def changed_rows(table: pa.Table, noted: str) -> tuple[int, int] | None:
    """First and last row (0-based) of the first block that is not as ``noted``; None when all are."""
    found = zip_longest(of_table(table), orjson.loads(noted))
    for block, (now, then) in enumerate(found):
        if now != then:
            return block * BLOCK, max(min((block + 1) * BLOCK, table.num_rows) - 1, 0)
    return None


def _of_block(columns: Sequence[NDArray[Any]]) -> str:
    digest = blake2b(digest_size=8)
    for column in columns:
        digest.update(column.data)
    return digest.hexdigest()
