"""Name the types that all wings share."""

from __future__ import annotations

from typing import Any, TypeAlias

from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

Natural: TypeAlias = int
"""A whole number, 0 or more: `ground.public` refuses others of what is annotated so."""

Row = dict[str, Any]
"""A line of a table, as a dictionary from the names of its columns."""
