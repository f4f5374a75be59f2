from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_app.dataset.search import first_at_or_below

WINDOW = st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(-1, 11))


@pytest.mark.lengthy
@given(st.lists(st.integers(0, 10), min_size=1, max_size=40), st.lists(WINDOW, max_size=8))
def test_the_first_place_is_the_one_a_walk_would_find(path: list[int], windows: list[tuple[int, int, int]]) -> None:
    spans = [(min(a, b, len(path)), min(max(a, b), len(path)), level) for a, b, level in windows]
    start, end, level = np.array(spans, np.int64).reshape(-1, 3).T
    walked = [next((at for at in range(a, b) if path[at] <= low), b) for a, b, low in spans]
    assert first_at_or_below(np.array(path, np.int32), start, end, level).tolist() == walked
