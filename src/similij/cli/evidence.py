"""`similij shift`, `frc`, `significance` and `threshold`: one question each."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..ground.inert import visible
from ..ground.names import shown
from .arguments import MaskOption, by_flag, names_of
from .shell import Format, print_record, say

if TYPE_CHECKING:
    from ..images.image import Image

First = Annotated[Path, typer.Argument(metavar="A", help="First image.")]
Second = Annotated[Path, typer.Argument(metavar="B", help="Second image.")]
FormatOption = Annotated[
    Format, typer.Option("--format", help="How to print the numbers.")
]
PlotOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", dir_okay=False, help="Picture to write, e.g. a PNG."),
]


def shift(
    image_a: First,
    image_b: Second,
    mask: MaskOption = None,
    max_shift: Annotated[
        str,
        typer.Option(
            metavar="PIXELS",
            help="How far to look, to either side: a number, or one for each axis in "
            "the order y,x or z,y,x. Default: a quarter of each axis.",
        ),
    ] = "",
    plot: PlotOption = None,
    format_: FormatOption = Format.table,
) -> None:
    """Find how far image B is shifted against A, and what R would be without that.

    A plane or a stack of slices. Of channels and frames, ask
    `similij compare A B --metrics shift --per c,t`.

    For example:

    `similij shift a.tif b.tif --max-shift 20 --plot shift.png`
    """
    from ..spatial.shift import shift as find_shift

    names, x, y, inside = _read(image_a, image_b, mask)
    _refuse(x, "ct", "shift")
    reach = _whole_numbers(max_shift)
    result = by_flag(None, find_shift, x, y, mask=inside, max_shift=reach)
    # x, y, z, as ImageJ names them; arrays have z, y, x.
    axes = [*reversed([*enumerate(result.dims)])]
    record = {
        **names,
        **{f"shift_{d}": result.offset[k] for k, d in axes},
        **{f"shift_{d}_in_unit": result.offset_in_unit[k] for k, d in axes},
        "unit": result.unit,
        "pearson": result.r,
        "pearson_at_shift": result.peak,
        "n": result.n,
        **{f"width_{d}": result.width[k] for k, d in axes},
        "note": result.note,
    }
    print_record(record, format_)
    if plot is not None:
        from ..plot.where import plot_shift

        plot_shift(result, path=plot)
    _fail_where_undefined(result.peak, result.note)


def frc(
    image_a: First,
    image_b: Second,
    mask: MaskOption = None,
    threshold: Annotated[
        str,
        typer.Option(
            metavar="1/7|half-bit|3-sigma",
            help="Which threshold the resolution is of; all three are printed.",
        ),
    ] = "1/7",
    curve: Annotated[
        Path | None,
        typer.Option(metavar="FILE", dir_okay=False, help="CSV of the curve to write."),
    ] = None,
    plot: PlotOption = None,
    format_: FormatOption = Format.table,
) -> None:
    """Find down to which size of detail two images are alike: Fourier ring correlation.

    A plane, or a stack of slices by shells. Of channels and frames, ask
    `similij compare A B --metrics frc_resolution --per c,t,z`.

    For example:

    `similij frc take_1.tif take_2.tif --plot frc.png --curve frc.csv`
    """
    from ..spatial.frc import frc as correlate_rings

    names, x, y, inside = _read(image_a, image_b, mask)
    _refuse(x, "ct", "frc_resolution")
    result = by_flag(None, correlate_rings, x, y, mask=inside, threshold=threshold)
    lengths = result.resolutions
    record = {
        **names,
        "threshold": result.threshold,
        "resolution": result.resolution,
        "unit": result.unit,
        "resolution_1_7": lengths["1/7"],
        "resolution_half_bit": lengths["half-bit"],
        "resolution_3_sigma": lengths["3-sigma"],
        "rings": result.curve.sizes["frequency"],
        "note": result.note,
    }
    print_record(record, format_)
    if curve is not None:
        from ..ground.writing import whole_file

        with whole_file(curve) as part:
            result.curve.to_dataframe().to_csv(part)
    if plot is not None:
        from ..plot.where import plot_frc

        plot_frc(result, path=plot)
    _fail_where_undefined(result.resolution, result.note)


def significance(
    image_a: First,
    image_b: Second,
    mask: MaskOption = None,
    metric: Annotated[
        str,
        typer.Option(help="pearson; with --method bootstrap any that streams."),
    ] = "pearson",
    method: Annotated[
        str,
        typer.Option(
            metavar="effective|permutation|bootstrap",
            help="Effective pixels: p and interval of R. Permutation: p of R, from "
            "shuffles. Bootstrap: an interval for any metric, and for R its p.",
        ),
    ] = "effective",
    n_resamples: Annotated[
        int, typer.Option(help="Shuffles or resamples, 99 or more.")
    ] = 999,
    seed: Annotated[int, typer.Option(min=0, help="Of the random numbers.")] = 0,
    format_: FormatOption = Format.table,
) -> None:
    """Test whether chance explains a likeness, and how sure it is.

    For example:

    `similij significance a.tif b.tif --metric rmsd --method bootstrap`
    """
    from ..evidence.significance import significance as find_significance

    names, x, y, inside = _read(image_a, image_b, mask)
    _refuse(x, "c", "significance")
    result = by_flag(
        None, find_significance, x, y, mask=inside, metric=metric, method=method,
        n_resamples=n_resamples, seed=seed,
    )  # fmt: skip
    record = {**names, "metric": result.metric, **asdict(result)}
    # Width first, as ImageJ names sizes; arrays have it last.
    record["block"] = "×".join(map(str, result.block[::-1]))
    print_record(record, format_)
    _fail_where_undefined(result.value, result.note)


def threshold(
    image_a: First,
    image_b: Second,
    mask: MaskOption = None,
    method: Annotated[
        str,
        typer.Option(
            metavar="NAME|T1,T2",
            help="costes, none, otsu, li, yen, isodata, triangle, mean or minimum; or "
            "two numbers, e.g. 500,800.",
        ),
    ] = "costes",
    variant: Annotated[
        str,
        typer.Option(
            metavar="coloc2", help="Of costes: the numbers of Coloc 2 in Fiji."
        ),
    ] = "",
    plot: PlotOption = None,
    format_: FormatOption = Format.table,
) -> None:
    """Find what counts as signal in each image, and Manders' M1 and M2 with that.

    For example:

    `similij threshold a.tif b.tif --method otsu`
    """
    from ..metrics.threshold import threshold as find_threshold

    names, x, y, inside = _read(image_a, image_b, mask)
    parts = method.split(",")
    wanted: Any = method
    if len(parts) == 2:  # noqa: PLR2004 - T1,T2
        wanted = by_flag(None, lambda: (float(parts[0]), float(parts[1])))
    result = by_flag(
        None, find_threshold, x, y, method=wanted, variant=variant, mask=inside
    )
    record = {
        **names,
        "method": result.method,
        "threshold_1": result.x,
        "threshold_2": result.y,
        "manders_m1": result.m1,
        "manders_m2": result.m2,
        "above_both": result.above,
        "n": result.n,
        "gain": result.gain,
        "offset": result.offset,
        "pearson_below": result.r_below,
        "note": result.note,
    }
    print_record(record, format_)
    if plot is not None and not math.isnan(result.x):
        from ..plot.where import plot_threshold

        plot_threshold(result, x, y, mask=inside, path=plot)
    _fail_where_undefined(result.x, result.note)


def _read(
    image_a: Path, image_b: Path, mask: Path | None
) -> tuple[dict[str, str], Any, Any, Any]:
    """Read names for the record, both images (axes named if they are), the mask."""
    from ..images.door import as_image, as_mask

    one, two = names_of(image_a, image_b)
    x, y = as_image(image_a).called(one), as_image(image_b).called(two)
    inside = None if mask is None else as_mask(mask)
    return {"image_1": one, "image_2": two}, x, y, inside


def _refuse(image: Image, axes: str, group: str) -> None:
    """Refuse a file with axes that are no space; say how to ask for each of them."""
    from ..ground.errors import ImageError

    sizes = image.sizes
    words = {"c": "channels", "t": "frames"}
    others = [f"{sizes[a]} {words[a]}" for a in axes if sizes.get(a, 1) > 1]
    if others:
        raise ImageError(
            f'"{image.title}" has {" and ".join(others)}, which are no space: ask for '
            f"each with similij compare A B --metrics {group} --per {','.join(axes)}"
        )


def _whole_numbers(words: str) -> Any:
    """Read one number or several: what `shift` takes as max_shift."""
    try:
        numbers = tuple(int(word) for word in words.split(",")) if words else ()
    except ValueError:
        raise typer.BadParameter(
            f"{shown(words)} must be a whole number of pixels, or one for each axis, "
            "e.g. 20 or 20,30",
            param_hint="--max-shift",
        ) from None
    return numbers[0] if len(numbers) == 1 else numbers or None


def _fail_where_undefined(value: float, note: str) -> None:
    if math.isnan(value):
        say(f"similij: {visible(note)}")
        raise typer.Exit(1)
