"""Workers that are started here, and what serves them, answer this machine only."""

from __future__ import annotations

import http.client
import sys
from pathlib import Path

import dask
import numpy as np
import psutil
import pytest

import similij
from support import Shell

pytestmark = pytest.mark.slow

X = np.arange(12.0).reshape(3, 4)


def listening() -> set[tuple[str, int]]:
    """Return the addresses on which this process and its children listen."""
    own = psutil.Process()
    return {
        tuple(connection.laddr)
        for process in (own, *own.children(recursive=True))
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }


def status(port: int, page: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", page)
        return connection.getresponse().status
    except (http.client.HTTPException, OSError):
        return 0  # dask's own protocol, and no page
    finally:
        connection.close()


def test_all_of_it_is_on_this_machine_and_there_is_no_page() -> None:
    before = listening()
    with similij.cluster(workers=2) as place:
        new = listening() - before
        assert len(new) >= 3  # the scheduler and two workers
        assert {address for address, _ in new} == {"127.0.0.1"}
        pages = ("/status", "/info/main/workers.html", "/json/counts.json")
        of_scheduler = place.client.cluster.scheduler.http_server.port
        assert [status(of_scheduler, page) for page in pages] == [404, 404, 404]
        assert similij.compare(X, X + 2).rmsd == 2
    assert listening() <= before


def test_whatever_the_settings_of_dask_say() -> None:
    everywhere = {"distributed.scheduler.dashboard.address": "0.0.0.0:0"}
    before = listening()
    with dask.config.set(everywhere), similij.cluster(workers=1):
        assert {address for address, _ in listening() - before} == {"127.0.0.1"}


def test_settings_are_as_before() -> None:
    routes = "distributed.scheduler.http.routes"
    import distributed  # noqa: F401

    before = dask.config.get(routes)
    with similij.cluster(workers=1):
        pass
    assert dask.config.get(routes) == before


def test_a_dashboard_is_of_workers_and_needs_bokeh(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        pytest.raises(ValueError, match="dashboard is of workers that are started"),
        similij.cluster(dashboard=True),
    ):
        pass
    np.save(tmp_path / "x.npy", X)
    command = ("compare", tmp_path / "x.npy", tmp_path / "x.npy", "--dashboard")
    assert shell(*command).code == 2
    monkeypatch.setitem(sys.modules, "bokeh", None)
    found = shell(*command, "--workers", 1)
    assert found.code == 1
    assert found.err.startswith("similij: The dashboard of dask needs bokeh: ")
    assert len(found.err.splitlines()) == 1
