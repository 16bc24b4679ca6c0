"""Many pairs of images, compared one after the other or some at a time.

Nothing stops the run: what cannot be compared is a row with its reason. Every pair is
on disk as soon as it is known, whole; a run that was stopped, however, goes on where it
was when it is started again (`results_file` says why that is so).
"""

from __future__ import annotations

from ..measure.table.csv import CsvFile
from ..measure.table.groups import summary
from .batch import compare_folders, compare_pairs, problems
from .jobs import Job, group_names, grouped, read_pairs
from .pairing import find_pairs, lone_images, pairs_with
from .run import run

__all__ = [
    "CsvFile",
    "Job",
    "compare_folders",
    "compare_pairs",
    "find_pairs",
    "group_names",
    "grouped",
    "lone_images",
    "pairs_with",
    "problems",
    "read_pairs",
    "run",
    "summary",
]
