from __future__ import annotations

from session_kit import NS, T0, session

from qt_app.dataset.windows import session_windows, warm_up_ns


def test_a_session_is_known_from_its_open_to_its_close() -> None:
    assert session_windows([session([], [], close_s=10)]).tolist() == [[T0, T0 + 10 * NS]]
    assert session_windows([]).shape == (0, 2)


def test_the_longest_look_back_is_that_of_the_slowest_volatility_ratio() -> None:
    assert warm_up_ns(5 * NS) == 201 * 5 * NS
