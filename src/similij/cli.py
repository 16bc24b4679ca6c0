"""The command line: `similij compare`, `batch`, `testset`, `demo`, `doctor`, `install`.

Exit codes: 0 done, 1 could not compare (one sentence on stderr), 2 bad usage.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from . import __version__
from ._shell import (
    Format,
    fail_without_numbers,
    plot_comparison,
    plot_job,
    plot_rows,
    print_rows,
    progress,
    say,
    what,
)
from .options import help_of
from .tally import Row, new_run

app = typer.Typer(
    name="similij",
    help="How alike are two images, and where do they differ?\n\n"
    "Pearson R (-1...1, higher is more alike), RMSD and Mean Difference (0 and more, "
    "in intensity units, lower is more alike), of whole images or region by region.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


_EXTRAS = {
    "matplotlib": "plot",
    "dask": "dask",
    **dict.fromkeys(("scipy", "skimage"), "stats"),
    **dict.fromkeys(("jpype", "scyjava", "jgo", "imagej"), "imagej"),
}
"""Which part of similij[...] brings a library."""


RescaleOption = Annotated[
    str,
    typer.Option(
        "--rescale",
        metavar="none|percentile[:LOW:HIGH]|zscore|linear",
        help=help_of("--rescale"),
    ),
]


def main() -> None:
    """Run the command line; a refusal is one sentence and exit code 1."""
    from .inputs import ImageError
    from .regions import RegionError

    try:
        app()
    except BrokenPipeError:  # `similij ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get(str(error.name).partition(".")[0])
        if extra is None:
            raise
        needed = f"{sys.executable} -m pip install 'similij[{extra}]'"
        print(f"similij: this needs {error.name}: {needed}", file=sys.stderr)
        sys.exit(1)
    except (ImageError, RegionError, OSError, RuntimeError) as error:
        print(f"similij: {error}", file=sys.stderr)
        sys.exit(1)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.")
    ] = False,
) -> None:
    if version:
        print(f"similij {__version__}")
        raise typer.Exit


@app.command()
def compare(
    image_a: Annotated[Path, typer.Argument(metavar="A", help="First image.")],
    image_b: Annotated[
        Path | None,
        typer.Argument(
            metavar="[B]",
            help="Second image. Without it A is compared with itself: see --channels "
            "and --against.",
        ),
    ] = None,
    mask: Annotated[
        Path | None,
        typer.Option(help=help_of("--mask")),
    ] = None,
    rois: Annotated[
        Path | None,
        typer.Option(help=help_of("--rois")),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(help=help_of("--labels")),
    ] = None,
    inverse: Annotated[
        bool,
        typer.Option("--inverse", help=help_of("--inverse")),
    ] = False,
    rescale: RescaleOption = "none",
    per: Annotated[
        str,
        typer.Option(
            metavar="AXES",
            help=help_of("--per"),
        ),
    ] = "",
    channels: Annotated[
        str | None,
        typer.Option(
            metavar="PAIRS",
            help=help_of("--channels"),
        ),
    ] = None,
    against: Annotated[
        str,
        typer.Option(
            metavar="image 2|first|previous",
            help=help_of("--against"),
        ),
    ] = "image 2",
    metrics: Annotated[
        str,
        typer.Option(metavar="NAMES", help=help_of("--metrics")),
    ] = "",
    data_range: Annotated[
        float | None,
        typer.Option(help=help_of("--data-range")),
    ] = None,
    plots: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            file_okay=False,
            help=help_of("--plots"),
        ),
    ] = None,
    format_: Annotated[
        Format, typer.Option("--format", help="How to print the rows.")
    ] = Format.table,
) -> None:
    """Compare two images: TIFF, OME-TIFF, PNG or NPY.

    For example:

    `similij compare raw.tif denoised.tif`

    `similij compare a.tif b.tif --rois a_roi.zip --rescale percentile --format csv`

    `similij compare movie.tif --against first --per t`

    `similij compare cells.tif --channels 1:2 --per z,t --plots pictures`
    """
    from ._registry import parse_metrics
    from .compare import compare as compare_images
    from .io import align_axes, read_image, read_labels, read_mask

    how = _rescale(rescale)
    if image_b is None and channels is None and against == "image 2":
        raise typer.BadParameter(
            "give a second image, or two channels of A (--channels 1:2), or "
            "--against first",
            param_hint="B",
        )
    if inverse and rois is None and labels is None:
        raise typer.BadParameter("needs --rois or --labels", param_hint="--inverse")
    try:
        numbers = parse_metrics(metrics)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--metrics") from None
    first = read_image(image_a)
    second = None if image_b is None else read_image(image_b)
    axes = [part.strip() for part in per.split(",") if part.strip()]
    x, y = align_axes(
        first, second, named=bool(axes or channels) or against != "image 2"
    )
    inside = None if mask is None else read_mask(mask)
    names = _distinct(first.path, first.path if second is None else second.path)
    asked: dict[str, Any] = {
        "mask": inside,
        "regions": _regions(rois, None if labels is None else read_labels(labels)),
        "names": names,
        "per": axes,
        "channels": channels,
        "against": against,
    }
    files = (str(first.path), str((second or first).path))
    result = compare_images(
        x,
        y,
        metrics=[metric.name for metric in numbers],
        data_range=data_range,
        inverse=inverse,
        rescale=how,
        files=files,
        **asked,
    )
    print_rows(result.rows, format_, numbers)
    if plots is not None:
        plot_comparison((first, second), (x, y), result, asked, plots)
    fail_without_numbers(result.rows, numbers)


@app.command()
def batch(
    folder_a: Annotated[Path, typer.Argument(metavar="FOLDER_A")],
    folder_b: Annotated[Path, typer.Argument(metavar="FOLDER_B")],
    pair: Annotated[
        str,
        typer.Option(help=help_of("--pair", folders=True)),
    ] = "{id}__",
    rois: Annotated[
        str,
        typer.Option(help=help_of("--rois", folders=True)),
    ] = "_roi.zip",
    rescale: RescaleOption = "none",
    out: Annotated[
        Path | None,
        typer.Option(help=help_of("--out", folders=True)),
    ] = None,
    plots: Annotated[
        Path | None,
        typer.Option(help="Folder for pictures: one of the table, one of each pair."),
    ] = None,
    format_: Annotated[
        Format, typer.Option("--format", help="How to print the rows.")
    ] = Format.table,
) -> None:
    """Compare the images of two folders, paired by name, region by region.

    `img1__a.tif` in A goes with `img1__b.tif` in B; the regions of `img1__a.tif` are
    in `img1__a_roi.zip`. Nothing stops the run: what cannot be compared is a row with
    its reason, listed again at the end.

    For example:

    `similij batch set_a set_b --rescale percentile --out results.csv --plots plots`
    """
    from .batch import CsvFile, find_pairs, problems, run
    from .metrics import available

    how = _rescale(rescale)
    if pair.count("{id}") != 1:
        raise typer.BadParameter(f'"{pair}" must have {{id}} once', param_hint="--pair")
    jobs = find_pairs(folder_a, folder_b, pair=pair, rois=rois)
    file = None if out is None else CsvFile(out, [*available().values()])
    if file is not None:
        file.start()
    rows: list[Row] = []
    name = new_run()
    with progress(jobs) as progressed:
        for job in progressed:
            found = run(job, how, name=name)
            if file is not None:
                file.append(found)
            rows += found
            if plots is not None and not problems(found):
                plot_job(job, found, plots)
    print_rows(rows, format_)
    if plots is not None:
        plot_rows(rows, plots / "table.png")
    failed = problems(rows)
    say(f"{len(rows)} rows from {len(jobs)} pairs.")
    if out is not None:
        say(f"Table: {out}")
    if plots is not None:
        say(f"Pictures: {plots}")
    if failed:
        say(f"{len(failed)} could not be compared:")
        for row in failed:
            say(f"  {what(row)}: {row['note']}")
    if len(failed) == len(rows):
        raise typer.Exit(1)


@app.command()
def testset(
    out: Annotated[
        Path, typer.Option(help="Folder to write to; made if need be.")
    ] = Path("similij-testset"),
) -> None:
    """Write a test set: cells that differ in known ways, with tables and pictures.

    set_a/ and set_b/ are pairs as `batch` wants them; graded/ holds a reference and
    partners that each change one thing by grades; series/ a movie that drifts and
    bleaches, its second take, outlines and labels. The pictures show what each metric
    sees and what it is blind to.
    """
    from .testset import make_testset, summarize_testset

    say(f"Writing the test set to {out} ...")
    make_testset(out)
    summarize_testset(out)
    for name in (
        "series",
        "plots_testset.png",
        "plots_graded.png",
        "graded_metrics.csv",
    ):
        say(f"  {out / name}")


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("demo"),
) -> None:
    """Make the test set and compare it inside a real ImageJ, by macro, headless."""
    from .demo import run_demo

    run_demo(out)


@app.command()
def doctor(
    warm_up: Annotated[
        bool,
        typer.Option("--warm-up", help="Compile everything for this processor first."),
    ] = False,
) -> None:
    """Say what is there, what is missing, and what to do about it."""
    from .doctor import examine

    if warm_up:
        _compile_all()

    if not examine():
        raise typer.Exit(1)


@app.command()
def install(
    folder: Annotated[
        Path, typer.Argument(metavar="FIJI_OR_IMAGEJ_DIR", help="Its folder.")
    ],
    uninstall: Annotated[
        bool, typer.Option("--uninstall", help="Take everything out again.")
    ] = False,
) -> None:
    """Put the command into a Fiji or ImageJ, and tell it to use this Python.

    Adds the jar, the libraries it needs that are not there yet, and the macros.
    """
    from .install import install as put_in
    from .install import uninstall as take_out

    for line in take_out(folder) if uninstall else put_in(folder):
        say(line)
    if not uninstall:
        _compile_all()


def _compile_all() -> None:
    from ._compiled import warm_up

    say("Compiling for this processor, the first time for half a minute ...")
    say(f"Compiled: {warm_up():.1f} s")


def _regions(rois: Path | None, labels: Any) -> Any:
    """Regions of a file, labels, or both: then the labels follow the regions."""
    if rois is None or labels is None:
        return labels if rois is None else rois
    from .regions import Regions, as_regions, read_regions

    return Regions(read_regions(rois), as_regions(labels).labels)


def _rescale(word: str) -> Any:
    """Read `percentile:0.5:99.5`."""
    from .rescale import parse_rescale

    parts = word.split(":")
    try:
        rescale: Any = (
            parts[0] if len(parts) == 1 else (parts[0], *map(float, parts[1:]))
        )
        parse_rescale(rescale)
    except ValueError:
        raise typer.BadParameter(
            f'"{word}" is none of: none, percentile, zscore, linear, or '
            "percentile:LOW:HIGH with 0 <= LOW < HIGH <= 100, e.g. percentile:0.5:99.5",
            param_hint="--rescale",
        ) from None
    return rescale


def _distinct(first: Path, second: Path) -> tuple[str, str]:
    """File names, or whole paths where the names of two files are the same."""
    if first.name != second.name or first == second:
        return first.name, second.name
    return str(first), str(second)
