"""Sessions become rows to fit on; what cannot be fitted honestly is refused by name."""
from __future__ import annotations

import numpy as np
import pytest
from app.training.training_kit import RULE, changed, session, world

from qt_app.dataset.session import LabelRule
from qt_app.errors import DataError
from qt_app.training import samples
from qt_app.training.inputs import LEFT_OUT, chosen, columns, family
from qt_core.features.registry import NAMES

INPUTS = chosen()


def test_calendar_and_brokers_are_left_out() -> None:
    assert not {"hour", "day_of_week", "top_buyer_0_active", "top_sellers_count", "buyer_changed"} & set(INPUTS)
    assert {"returns_1", "order_flow_imbalance_10", "is_buyer_aggressor"} <= set(INPUTS)
    assert len(INPUTS) + len(LEFT_OUT) == len(NAMES)
    assert {family(name) for name in INPUTS} >= {"returns", "flow", "volatility"}


def test_more_can_be_left_out_and_a_wrong_name_is_refused() -> None:
    assert "returns_1" not in chosen(["returns_1"])
    with pytest.raises(DataError, match="returns_3"):
        chosen(["returns_3"])
    with pytest.raises(DataError, match="no feature is left"):
        chosen(NAMES)


def test_rows_are_the_resolved_ones_in_float32() -> None:
    one = session(0)
    one.rows[5, NAMES.index("returns_1")] = np.nan
    one.rows[6, NAMES.index("hour")] = np.nan        # is no input, so it may be unknown
    made = samples.make(one, RULE, INPUTS)
    assert made.rows.dtype == np.float32
    assert one.ts_ns[5] not in made.ts_ns
    assert one.ts_ns[6] in made.ts_ns
    kept = np.isin(one.ts_ns, made.ts_ns)
    assert np.array_equal(made.rows, one.rows[kept][:, columns(INPUTS)].astype(np.float32))
    assert one.ts_ns[-1] not in made.ts_ns          # its outcome lies beyond the data
    assert len(samples.together([made, made])) == 2 * len(made)


def test_sessions_that_go_together_pass() -> None:
    samples.refuse_unfit(world(3))


@pytest.mark.parametrize(("change", "words"), [
    ({"schema_id": "other"}, "other feature definitions"), ({"symbol": "WINZ26"}, "--symbol"),
    ({"synthetic": False}, "--market"),
    ({"digest": session(0).digest}, "hold the same events"), ({"open_ns": session(1).open_ns + 1}, "overlap in time"),
])
def test_sessions_that_do_not_go_together_are_named(change: dict[str, object], words: str) -> None:
    made = world(3)
    made[2] = changed(made[2], **change)
    with pytest.raises(DataError, match=words) as caught:
        samples.refuse_unfit(made)
    assert made[2].source in str(caught.value)


def test_constant_inputs_are_named() -> None:
    made = world(2)
    for one in made:
        one.rows[:, [NAMES.index("returns_5"), NAMES.index("volume_ratio_20")]] = 3.5
    with pytest.raises(DataError, match=r"returns_5, volume_ratio_20; .* --leave-out returns_5,volume_ratio_20"):
        samples.refuse_constant([samples.make(one, RULE, INPUTS) for one in made], INPUTS)
    samples.refuse_constant([samples.make(one, RULE, INPUTS) for one in world(1)], INPUTS)


def test_a_session_without_a_row_is_named() -> None:
    made = world(2)
    made[1].rows[:, NAMES.index("returns_1")] = np.nan
    with pytest.raises(DataError, match="WDOZ26 of 2026-11-03"):
        samples.refuse_empty(made, [samples.make(one, RULE, INPUTS) for one in made])


def test_labels_all_in_the_dead_zone_are_refused() -> None:
    wide = LabelRule("horizon", 30.0, 0.0, 0.5, 1000.0)
    made = [samples.make(one, wide, INPUTS) for one in world(2)]
    with pytest.raises(DataError, match="dead zone of 1000 ticks"):
        samples.refuse_one_sided(made, wide, "fold 1")


def test_one_class_only_is_refused() -> None:
    rising = session(0)
    quotes = changed(rising.quotes, bid=np.arange(10, 10 + 5 * len(rising), 5, dtype=np.int32),
                     ask=np.arange(11, 11 + 5 * len(rising), 5, dtype=np.int32))
    made = [samples.make(changed(rising, quotes=quotes), RULE, INPUTS)]
    with pytest.raises(DataError, match=r"fold 1: no label says sell or hold, only buy"):
        samples.refuse_one_sided(made, RULE, "fold 1")
