"""`similij pairwise`: many images, each with each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..ground.options import help_of
from .arguments import (
    REPORT_PAIRS,
    FormatOption,
    LabelsOption,
    MaskOption,
    QuietOption,
    RawOption,
    ReportOption,
    ReportPairsOption,
    asks,
)
from .shell import (
    Format,
    fail_without_numbers,
    print_result,
    remark,
    write_report,
)

if TYPE_CHECKING:
    from ..measure.question import Question


@asks("rescale", "metrics", "data_range", "color", command="matrix")
def pairwise(
    images: Annotated[
        list[Path],
        typer.Argument(metavar="FILES...", help="Two or more images, or their folder."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", file_okay=False, help=help_of("--out", "matrix")
        ),
    ] = None,
    rois: Annotated[Path | None, typer.Option(help=help_of("--rois", "matrix"))] = None,
    labels: LabelsOption = None,
    mask: MaskOption = None,
    *,
    question: Question,
    report: ReportOption = None,
    report_pairs: ReportPairsOption = REPORT_PAIRS,
    raw: RawOption = False,
    quiet: QuietOption = False,
    format_: FormatOption = Format.table,
) -> None:
    """Compare each of many images with each, and name the odd ones out.

    All must have the same width and height. --out receives pairs.csv, a square table
    for each metric, all of it as NetCDF, the matrix with similar images side by side,
    and a map on which they lie close together.

    For example:

    `similij pairwise replicates --out matrix`

    `similij pairwise a.tif b.tif c.tif --metrics pearson,rmsd --format csv`
    """
    from ..ground.writing import check_places
    from ..images.door import as_beside, as_mask
    from ..matrix.distances import sentences
    from ..matrix.pairwise import pairwise as compare_all
    from ..matrix.pairwise import rows as rows_of
    from ..measure.table.comparison import Comparison
    from ..regions.read import regions_of

    check_places([report])
    numbers = question.metrics
    files = _files(images)
    matrix = compare_all(
        files,
        metrics=[metric.name for metric in numbers],
        regions=regions_of(rois, None if labels is None else as_beside(labels)),
        mask=None if mask is None else as_mask(mask),
        rescale=question.rescale,
        data_range=question.data_range,
        color=question.color,
    )
    rows = rows_of(matrix)
    rest = f"in {out / 'pairs.csv'}" if out is not None else "with --out FOLDER"
    result = Comparison(rows, numbers)
    print_result(result, format_, rest, raw=raw, quiet=quiet)
    remark(f"{len(rows):,} rows of {len(files)} images, each with each.", quiet)
    if out is not None:
        from ..moments.kernels.parts import threads
        from ..plot.pictures.matrix_files import write_matrix

        written = write_matrix(matrix, out, files, raw=raw, processes=threads())
        for sentence in written.words:
            remark(sentence, quiet)
        remark(f"Tables and pictures: {out}", quiet)
    else:
        for sentence in sentences(matrix):
            remark(sentence, quiet)
    if report is not None:
        title = f"{len(files)} images, each with each"
        write_report(report, matrix, title=title, most_pairs=report_pairs)
        remark(f"Report: {report}", quiet)
    fail_without_numbers(rows, numbers)


def _files(given: list[Path]) -> list[Path]:
    """Return files as they are, and of a folder all images in it."""
    from ..matrix.stack import image_files

    files: list[Path] = []
    for path in given:
        files += image_files(path) if path.is_dir() else [path]
    return files
