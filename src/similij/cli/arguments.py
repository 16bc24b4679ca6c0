"""Define the options that commands share, and read their words."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, TypeVar

import typer

from ..ground.errors import ImageError
from ..ground.names import distinct
from ..ground.options import Option, help_of
from ..ground.options import options as table_of_options
from .shell import Format

if TYPE_CHECKING:
    from ..measure.question import Question

P = ParamSpec("P")
T = TypeVar("T")

MaskOption = Annotated[Path | None, typer.Option(help=help_of("--mask"))]
LabelsOption = Annotated[Path | None, typer.Option(help=help_of("--labels"))]
LevelOption = Annotated[
    int,
    typer.Option(
        metavar="K",
        min=0,
        help="Of images stored at several resolutions: 0 is the finest. Mask and "
        "labels in such a store are taken at the same.",
    ),
]
SeriesOption = Annotated[
    int | None,
    typer.Option(
        metavar="N", min=1, help="Which image of a file that holds several, from 1."
    ),
]
SetOption = Annotated[
    bool,
    typer.Option(
        "--set",
        help="Read all files of an OME-TIFF set as one image; without it a file is the "
        "planes that are in it, as ImageJ opens it.",
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        metavar="N", min=1, help="Processes to start, for images read in parts."
    ),
]
SchedulerOption = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="A dask scheduler that runs, tcp://host:8786, or its scheduler file.",
    ),
]
DashboardOption = Annotated[
    bool,
    typer.Option(
        "--dashboard",
        help="Show what the workers do, on a page that only this machine sees.",
    ),
]
MemoryOption = Annotated[
    str,
    typer.Option(
        "--memory-limit",
        metavar="BYTES",
        help='Of this process, or of each worker, such as "4 GB": larger images are '
        "read in parts.",
    ),
]
BlocksOption = Annotated[
    int, typer.Option(metavar="N", min=8, help="Blocks to draw and read.")
]
SeedOption = Annotated[int, typer.Option(min=0, help="Of the draw.")]
EstimateOption = Annotated[
    int | None,
    typer.Option(
        metavar="BLOCKS",
        min=8,
        help="Say first what so many blocks, drawn at random, let expect.",
    ),
]
FormatOption = Annotated[
    Format, typer.Option("--format", help="How to print the rows.")
]
PicturesOption = Annotated[
    str | None,
    typer.Option(metavar="KINDS", help=help_of("--pictures")),
]
WINDOW = typer.Option(metavar="PIXELS|gaussian:SIGMA", help=help_of("--window"))
QuietOption = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        help="Print nothing but what went wrong; with --format csv or json the rows.",
    ),
]
RawOption = Annotated[
    bool,
    typer.Option(
        "--raw",
        help="Leave text in CSV tables as it is. Without it a name that begins like a "
        "formula has an apostrophe before it, as in '=1+1.tif.",
    ),
]
ReportOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.html",
        help="One file to open in a browser, without a network: table to sort and "
        "filter, heat maps, pictures and verdicts of the least alike pairs.",
    ),
]

REPORT_PAIRS = 24
"""Pairs of a report that have pictures: some 0.3 MB each."""

ReportPairsOption = Annotated[
    int,
    typer.Option(
        metavar="N", min=0, help="Pairs of the report that have pictures, at most."
    ),
]


def asks(
    *options: str, without: Iterable[str] = (), command: str = ""
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options that a `Question` has, from the table of options.

    The command's parameter `question` stands where they are listed, and receives what
    they ask. An option is not written down anywhere else: a new one of the table is in
    `similij compare --help` and in that of `batch` by itself.

    Parameters
    ----------
    *options : str
        Those to take, by their Python names; default: all that are no files.
    without : iterable of str
        Those to leave out.
    command : str
        The command of ImageJ whose words they have, where it has some of its own:
        "folders" or "matrix".
    """
    own = {o.key: o for o in table_of_options() if o.command == command}
    taken = {
        option.python: own.get(option.key, option)
        for option in table_of_options()
        if not option.command
        and option.python
        and option.cli
        and option.kind not in ("image", "file")
        and (not options or option.python in options)
        and option.python not in {*without}
    }

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def asking(**values: Any) -> None:
            words = {name: values.pop(name) for name in taken}
            question = question_of(words, {name: o.cli for name, o in taken.items()})
            function(question=question, **values)

        parameters: list[inspect.Parameter] = []
        options = [_parameter(name, option) for name, option in taken.items()]
        # typer needs types, not their names; the question's is none of its business
        types = {"Question": object}
        signature = inspect.signature(function, eval_str=True, locals=types)
        for given in signature.parameters.values():
            parameters += options if given.name == "question" else [given]
        asking.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        asking.__annotations__ = {p.name: p.annotation for p in parameters}
        return asking

    return decorate


def _parameter(name: str, option: Option) -> inspect.Parameter:
    """Describe an option as typer wants it: a flag, or words with a default."""
    kind: Any = bool if option.kind == "flag" else str
    default: Any = False if kind is bool else ""
    if option.choices:
        default = option.choices[0].lower()
    about = typer.Option(
        option.cli,
        metavar=option.words or None,
        help=option.help,
        autocompletion=_completed(option),
    )
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[kind, about],
    )


def _completed(option: Option) -> Callable[[str], list[str]] | None:
    """Return what Tab offers behind an option: of its words those that are no names.

    Not its choices, which are the dialog's: `--against first`, there "first frame".
    """
    words = [word.partition("[")[0] for word in option.words.split("|")]
    words = [word for word in words if word.islower()]
    if not words:
        return None

    def complete(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    # A type and not its name, which typer evaluates for each option at each start.
    complete.__annotations__ = {"incomplete": str}

    return complete


def question_of(words: Mapping[str, Any], flags: Mapping[str, str]) -> Question:
    """Ask in the words of the command line; a wrong one is bad usage, by its flag."""
    from ..measure.question import ask

    # One by one, as the message of all together would not say by which flag.
    for name, value in words.items():
        by_flag(flags[name], ask, **{name: value})
    return ask(**words)


def by_flag(
    flag: str | None, rule: Callable[P, T], /, *args: P.args, **words: P.kwargs
) -> T:
    """Ask the library; words that it refuses are bad usage, by their flag if known.

    What it says of the images is none.
    """
    try:
        return rule(*args, **words)
    except ImageError:
        raise
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=flag) from None


def names_of(first: Path, second: Path) -> tuple[str, str]:
    """Name two files: by their names, or by whole paths where these are the same."""
    if first == second:  # an image and itself, which no number tells apart
        return first.name, first.name
    one, two = distinct([first.name, second.name], [str(first), str(second)])
    return one, two


def pictures_of(
    plots: Path | None, pictures: str | None, window: str | None
) -> dict[str, Any]:
    """Read the options of `similij.draw` from the words of the command line."""
    if pictures is not None and plots is None:
        raise typer.BadParameter("needs --plots FOLDER", param_hint="--pictures")
    if pictures is None and window is None:
        return {}
    from ..moments.windows import USUAL_WINDOW, parse_window
    from ..plot.pictures.kinds import parse_kinds

    kinds = by_flag("--pictures", parse_kinds, pictures or "all")
    if window is not None and "local" not in kinds:
        raise typer.BadParameter(
            "is of local maps: give --pictures all,local, too", param_hint="--window"
        )
    by_flag("--window", parse_window, window or USUAL_WINDOW)
    given = {"kinds": pictures, "window": window}
    return {key: words for key, words in given.items() if words is not None}
