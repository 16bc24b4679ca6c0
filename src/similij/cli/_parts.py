"""Images in parts, in the shell: where they are compared, a look at some of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from ..io import ImageFile


@dataclass(frozen=True)
class Place:
    """Where blocks are compared, as options say it."""

    level: int
    workers: int | None
    scheduler: str | None
    memory_limit: str | None

    @property
    def given(self) -> bool:
        """Whether any of them asks for images in parts."""
        return bool(self.level) or any(
            option is not None
            for option in (self.workers, self.scheduler, self.memory_limit)
        )

    @contextmanager
    def chosen(self) -> Iterator[None]:
        """Compare there until the `with` ends; workers that were started end, too."""
        if (
            self.workers is None
            and self.scheduler is None
            and self.memory_limit is None
        ):
            yield
            return
        from ..clusters import DEFAULT_LIMIT, cluster, parse_limit

        limit = DEFAULT_LIMIT if self.memory_limit is None else self.memory_limit
        try:
            limit = parse_limit(limit)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--memory-limit") from None
        if self.workers is not None and self.scheduler is not None:
            raise typer.BadParameter(
                "starts workers, and --scheduler uses those that run: give one",
                param_hint="--workers",
            )
        with cluster(self.workers, scheduler=self.scheduler, memory_limit=limit):
            yield


def opened(path: Path, level: int, *, in_parts: bool) -> ImageFile:
    """Read an image, or open it where it is a store or parts are asked for."""
    from ..io import read_image
    from ..volumes import is_store, open_file

    return (
        open_file(path, level=level) if in_parts or is_store(path) else read_image(path)
    )


def print_estimates(
    x: Any, y: Any, drawn: Mapping[str, Any], asked: Mapping[str, Any], blocks: int
) -> None:
    """Print what some blocks say of the whole; refuse options they cannot follow."""
    from ..estimates import estimate

    for name, usual in (("regions", None), ("per", []), ("channels", None)):
        if drawn.get(name) not in (usual, ()):
            raise typer.BadParameter(
                f"an estimate is of the whole, or of a mask: leave {name} out",
                param_hint="--estimate",
            )
    for name in ("background", "blur"):
        if asked[name] is not None:
            raise typer.BadParameter(
                f"an estimate is of images as they are: leave {name} out",
                param_hint="--estimate",
            )
    if y is None or asked["rescale"] != "none":
        raise typer.BadParameter(
            "an estimate is of two images as they are: leave rescale and against out",
            param_hint="--estimate",
        )
    found = estimate(
        x, y, mask=drawn["mask"], metrics=asked["metrics"], n_blocks=blocks
    )
    for one in found:
        interval = f"{one.ci_low:.6g} to {one.ci_high:.6g}"
        print(f"{one.metric}  {one.value:.6g}  95 %: {interval}  {one.note}".rstrip())
    blocks, of_blocks, pixels = found[0].blocks, found[0].of_blocks, found[0].n
    print(f"from {blocks:,} of {of_blocks:,} blocks, {pixels:,} pixels")
