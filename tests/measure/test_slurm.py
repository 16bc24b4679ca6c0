"""A job script for SLURM, as dask-jobqueue writes it; no SLURM is needed for that."""

from __future__ import annotations

import re
import shlex
import sys

import pytest

from support import ROOT

jobqueue = pytest.importorskip("dask_jobqueue", reason="needs dask-jobqueue")

pytestmark = pytest.mark.slow


def of_the_docs() -> str:
    """Return the lines of docs/cluster.md that make the cluster."""
    page = (ROOT / "docs" / "cluster.md").read_text("utf-8")
    block = next(b for b in re.findall(r"```text\n(.*?)```", page, re.DOTALL)
                 if "SLURMCluster(" in b)  # fmt: skip
    return block[block.index("cluster = ") : block.index("cluster.scale")]


def test_the_script_of_a_job() -> None:
    values = {"SLURMCluster": jobqueue.SLURMCluster}
    # No job is submitted, which would need `sbatch`, before `scale` is called.
    options = (
        "scheduler_options={'host': '127.0.0.1', 'dashboard_address': '127.0.0.1:0'}, "
    )
    code = of_the_docs().replace("SLURMCluster(", f"SLURMCluster({options}")
    exec(code, values)
    cluster = values["cluster"]
    try:
        lines = cluster.job_script().splitlines()
    finally:
        cluster.close()
    assert lines[0].startswith("#!")
    asked = {line.split(maxsplit=1)[1] for line in lines if line.startswith("#SBATCH")}
    assert {"--cpus-per-task=8", "--mem=15G", "-t 02:00:00", "-n 1"} <= asked
    assert "export SIMILIJ_NUM_THREADS=1" in lines
    (command,) = [line for line in lines if "distributed" in line]
    words = shlex.split(command)
    assert words[0] == sys.executable
    assert words[words.index("--nthreads") + 1] == "1"
    assert words[words.index("--nworkers") + 1] == "8"
    assert words[words.index("--memory-limit") + 1] == "1.86GiB"
