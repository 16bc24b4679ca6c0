"""Open images of any size for the commands, and say where to work on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from .shell import progress, say

if TYPE_CHECKING:
    from ..images.files import ImageFile
    from ..measure.question import Question


class Opener:
    """Open images as the options say: whole where they are small."""

    def __init__(self, level: int, memory_limit: str, *, parts: bool) -> None:
        self._level, self._parts = level, parts
        # Half of it an image. The usual limit without dask, which may not be there.
        self._most = 500_000_000
        if memory_limit:
            from ..measure.blocks.workers import parse_limit

            try:
                self._most = parse_limit(memory_limit) // 2
            except ValueError as error:
                raise typer.BadParameter(
                    str(error), param_hint="--memory-limit"
                ) from None

    def image(self, path: Path) -> ImageFile:
        """Open an image."""
        from ..images.lazy_files import read_or_open

        return read_or_open(path, level=self._level, most=self._most, parts=self._parts)

    def mask(self, path: Path | None) -> Any:
        """Open a mask, if there is one."""
        from ..images.files import read_mask
        from ..images.lazy_files import is_store, mask_of

        if path is None:
            return None
        return mask_of(self.image(path)) if is_store(path) else read_mask(path)

    def labels(self, path: Path | None) -> Any:
        """Open a label image, if there is one."""
        from ..images.files import read_labels, with_names
        from ..images.lazy_files import is_store

        if path is None:
            return None
        if not is_store(path):
            return read_labels(path)
        file = self.image(path)
        return with_names(file) if file.names_axes else file.pixels


@contextmanager
def place(
    workers: int | None, scheduler: str | None, memory_limit: str, parts: bool
) -> Iterator[None]:
    """Where blocks are compared, with a bar that says how many; nothing for others."""
    if not parts:
        yield
        return
    from ..measure.blocks.workers import DEFAULT_LIMIT, cluster

    if workers is not None and scheduler is not None:
        raise typer.BadParameter(
            "give --workers, to start some, or --scheduler, not both",
            param_hint="--workers",
        )
    with (
        progress("Comparing", "blocks") as (start, _),
        cluster(
            workers,
            scheduler=scheduler,
            memory_limit=memory_limit or DEFAULT_LIMIT,
            progress=start,
        ),
    ):
        yield


def in_parts(*arrays: Any) -> bool:
    """Whether any of these is read in parts."""
    return any(hasattr(getattr(a, "data", a), "dask") for a in arrays if a is not None)


def say_estimate(x: Any, y: Any, question: Question, regions: Any, blocks: int) -> None:
    """Say what some blocks let expect; refuse options that blocks cannot follow."""
    from ..measure.estimate import estimate
    from ..measure.question import READERS, ask

    usual, allowed = ask(), ("mask", "metrics", "data_range", "inverse", "verdict")
    for name in (name for name in READERS if name not in allowed):
        value = regions if name == "regions" else getattr(question, name)
        if value is not None and value != getattr(usual, name):
            raise typer.BadParameter(
                f"an estimate is of two whole images as they are, or of a mask: leave "
                f"{name} out",
                param_hint="--estimate",
            )
    expected = estimate(
        x,
        y,
        mask=question.mask,
        metrics=[metric.name for metric in question.metrics],
        data_range=question.data_range,
        n_blocks=blocks,
    )
    say(str(expected))
