"""Name the types that all wings share."""

from __future__ import annotations

from typing import Any, TypeAlias

from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

Row = dict[str, Any]
"""A line of a table, as a dictionary from the names of its columns."""
