"""Compare many pairs of files, one after the other or some at a time.

`pairing` and `jobs` say which files belong together, `run` compares one pair, `batch`
all of them, `results_file` and its `journal` keep what is done. The wing may import
`measure` and what is below it; beside it stands `matrix`, of which it knows nothing.
It is cut from `measure` because files fail in ways that arrays do not: they are
missing, torn or changed meanwhile, and a run of hours is stopped. So here nothing ends
the run, what cannot be compared is a row with its reason, and what is done is on disk.
"""

from __future__ import annotations

from ..measure.table.csv import CsvFile
from ..measure.table.groups import summary
from .batch import compare_folders, compare_pairs, problems
from .jobs import Job, group_names, grouped, read_pairs
from .pairing import Pairing, Way, find_pairs, lone_images, pair_up, pairs_with
from .run import run

__all__ = [
    "CsvFile",
    "Job",
    "Pairing",
    "Way",
    "compare_folders",
    "compare_pairs",
    "find_pairs",
    "group_names",
    "grouped",
    "lone_images",
    "pair_up",
    "pairs_with",
    "problems",
    "read_pairs",
    "run",
    "summary",
]
