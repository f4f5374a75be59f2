"""What can be wrong with a cluster before any task runs. The sweep itself: tests/e2e/test_backtest_whole.py."""
from __future__ import annotations

import pytest
from app.backtest.deadly import square

from qt_app.errors import ConfigError, TimedOutError

pytest.importorskip("distributed")


def test_no_scheduler_answers() -> None:
    from qt_app.backtest.cluster import Cluster

    with pytest.raises(TimedOutError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:1 within 0\.2 s"):
        Cluster("tcp://127.0.0.1:1", patience_s=0.2).run(square, [1])


def test_an_address_that_is_none() -> None:
    from qt_app.backtest.cluster import Cluster

    with pytest.raises(ConfigError, match=r"write it as tcp://HOST:8786"):
        Cluster("nonsense://x", patience_s=0.2).run(square, [1])


@pytest.mark.slow
def test_a_cluster_without_workers() -> None:
    import distributed

    from qt_app.backtest.cluster import Cluster

    with (distributed.LocalCluster(n_workers=0, processes=False, dashboard_address=None) as cluster,
          pytest.raises(TimedOutError, match=r"has no worker after 0\.2 s; start one with `dask worker")):
        Cluster(cluster.scheduler_address, patience_s=0.2).run(square, [1])
