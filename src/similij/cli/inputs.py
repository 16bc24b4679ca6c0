"""Open images of any size for the commands, and say where to work on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from .arguments import by_flag
from .shell import progress, say

if TYPE_CHECKING:
    from ..images.formats.reading import Wanted
    from ..images.image import Image
    from ..measure.question import Question


class Opener:
    """Open images as the options say: whole where they are small."""

    def __init__(
        self,
        level: int,
        memory_limit: str,
        *,
        parts: bool,
        series: int | None = None,
        whole_set: bool = False,
    ) -> None:
        from ..images.door import LARGE

        self._level, self._parts = level, parts
        self._series, self._whole_set = series, whole_set
        # Half of the limit an image; the usual one where dask may not be there.
        self._most = LARGE
        if memory_limit:
            from ..measure.blocks.workers import parse_limit

            self._most = by_flag("--memory-limit", parse_limit, memory_limit) // 2

    def image(self, path: Path) -> Image:
        """Open an image."""
        from ..images.door import as_image

        return as_image(path, wanted=self._wanted(path))

    def mask(self, path: Path | None) -> Image | None:
        """Open a mask, if there is one."""
        from ..images.door import as_mask

        return None if path is None else as_mask(self._beside(path))

    def labels(self, path: Path | None) -> Any:
        """Open a label image, if there is one."""
        from ..regions.cellpose import is_pickled
        from ..regions.read import read_labels

        if path is not None and is_pickled(path):
            return read_labels(path)  # Cellpose's, whose masks are no image file
        return None if path is None else self._beside(path)

    def _beside(self, path: Path) -> Image:
        from ..images.door import as_image

        wanted = self._wanted(path, indices=True)
        return as_image(path, wanted=wanted)

    def _wanted(self, path: Path, *, indices: bool = False) -> Wanted:
        from ..images.formats.reading import Wanted

        # A mask or label image of one resolution serves where the image has several
        # only if it is at level 0 itself.
        level = self._level if not indices or path.is_dir() else 0
        most = 0 if self._parts and not (indices and path.is_file()) else self._most
        if indices:
            return Wanted(level=level, most=most, indices=True)
        return Wanted(self._series, level, self._whole_set, most)


def check_processes(workers: int | None, scheduler: str | None) -> None:
    """Refuse processes of both kinds at once, and more than a machine takes."""
    if workers is None:
        return
    from ..measure.blocks.workers import check_workers

    if scheduler is not None:
        raise typer.BadParameter(
            "give --workers, to start some, or --scheduler, not both",
            param_hint="--workers",
        )
    by_flag("--workers", check_workers, workers)


@contextmanager
def place(
    workers: int | None,
    scheduler: str | None,
    memory_limit: str,
    parts: bool,
    dashboard: bool = False,
    quiet: bool = False,
) -> Iterator[None]:
    """Where blocks are compared, with a bar that says how many; nothing for others."""
    if dashboard and workers is None:
        raise typer.BadParameter("goes with --workers", param_hint="--dashboard")
    if not parts:
        yield
        return
    from ..measure.blocks.workers import DEFAULT_LIMIT, Workers, cluster

    check_processes(workers, scheduler)
    with (
        progress("Comparing", "blocks", quiet=quiet) as (start, _),
        cluster(
            workers,
            scheduler=scheduler,
            memory_limit=memory_limit or DEFAULT_LIMIT,
            progress=start,
            dashboard=dashboard,
        ) as chosen,
    ):
        if dashboard and isinstance(chosen, Workers):
            say(f"Dashboard: {chosen.client.dashboard_link}")
        yield


def in_parts(*arrays: Any) -> bool:
    """Whether any of these is read in parts."""
    return any(
        getattr(a, "is_lazy", False) or hasattr(a, "dask")
        for a in arrays
        if a is not None
    )


def say_estimate(x: Any, y: Any, question: Question, regions: Any, blocks: int) -> None:
    """Say what some blocks let expect; refuse options that blocks cannot follow."""
    from ..measure.estimate import estimate
    from ..measure.question import READERS, ask

    # Named are the options that blocks can follow: a new option is refused until it is
    # shown to be one of them.
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
