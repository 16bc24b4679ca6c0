"""Offer SimilIJ as a command line: a module for each command, or a few alike.

The wing may import all others, which is why it stands on top; nobody imports it but
`python -m similij`. Nothing is computed here: options are read into a `Question` by the
table in `ground/options.ini` (`arguments`), and results are printed and drawn
(`shell`). What stands on NumPy is imported within the functions that need it, so that
`similij --help` waits for neither numba, SciPy, dask nor matplotlib.

Exit codes: 0 done, 1 could not compare (one sentence on stderr), 2 bad usage.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from ..ground.version import __version__
from .batch import batch
from .compare import compare
from .estimate import estimate
from .evidence import frc, shift, significance, threshold
from .info import info
from .pairwise import pairwise
from .setting_up import demo, doctor, install, testset

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
    **dict.fromkeys(("dask", "distributed", "zarr", "h5py"), "big"),
    "pyarrow": "parquet",
    **dict.fromkeys(("scipy", "skimage"), "stats"),
    **dict.fromkeys(("jpype", "scyjava", "jgo", "imagej"), "imagej"),
}
"""Which part of similij[...] brings a library.

For what is imported beside `ground.optional.needed`, which says so itself.
"""


def main() -> None:
    """Run the command line; a refusal is one sentence and exit code 1."""
    from ..ground.errors import ImageError, KindError, RegionError
    from ..ground.memory import not_enough
    from ..ground.public import refused_file

    warnings.formatwarning = _sentence
    for stream in (sys.stdout, sys.stderr):
        # A file name may be what no terminal can show, and a terminal what shows no µ.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        with _ended_in_order():
            app()
    except BrokenPipeError:  # `similij ... | head`
        # Python flushes stdout once more at its end, and would say that it failed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except ModuleNotFoundError as error:
        extra = _EXTRAS.get(str(error.name).partition(".")[0])
        needed = f"{sys.executable} -m pip install 'similij[{extra}]'"
        words = f"this needs {error.name}: {needed}"
        if extra is None:
            words = str(error)
            if "pip install" not in words:  # `needed` has not met it
                raise
        print(f"similij: {words}", file=sys.stderr)
        sys.exit(1)
    except MemoryError as error:
        print(f"similij: {not_enough(error)}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        print(f"similij: {refused_file(error)}", file=sys.stderr)
        sys.exit(1)
    except (ImageError, RegionError, KindError, RuntimeError) as error:
        print(f"similij: {error}", file=sys.stderr)
        sys.exit(1)


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Have SIGTERM end the command as Ctrl-C does: what was begun is cleaned up."""

    def end(number: int, _: object) -> None:
        sys.exit(128 + number)

    try:
        before = signal.signal(signal.SIGTERM, end)
    except ValueError:  # not in the main thread: then the signal is not ours
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


_as_python_has_it = warnings.formatwarning


def _sentence(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    line: str | None = None,
) -> str:
    """Format a warning for users as its sentence alone, without a line of code."""
    from ..ground.errors import MetricWarning

    if issubclass(category, MetricWarning):
        return f"similij: {message}\n"
    return _as_python_has_it(message, category, filename, lineno, line)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.")
    ] = False,
) -> None:
    if version:
        print(f"similij {__version__}")
        raise typer.Exit


class Once(TyperCommand):
    """A command that refuses an option that is given twice.

    The last one was taken without a word; of two nobody knows which one is meant.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of a command line; what is refused is quoted in part."""
        from ..ground.errors import in_one_line

        try:
            return super().parse_args(ctx, args)
        except Exception as error:  # typer's own, whose place has changed
            if isinstance(getattr(error, "message", None), str):
                error.message = in_one_line(error.message)  # type: ignore[attr-defined]
            raise

    def make_parser(self, ctx: Any) -> Any:
        """Return what reads the words of a command line, and lists what it met."""
        parser = super().make_parser(ctx)
        read = parser.parse_args

        def once(args: list[str]) -> tuple[Any, list[str], list[Any]]:
            values, left, met = read(args=args)
            for option in met:
                single = option.param_type_name == "option" and not option.multiple
                if single and met.count(option) > 1 and not ctx.resilient_parsing:
                    ctx.fail(f"{option.opts[0]} is given twice: give it once.")
            return values, left, met

        parser.parse_args = once  # type: ignore[method-assign]
        return parser


for _command in (
    *(compare, estimate, batch, pairwise, shift, frc, significance, threshold),
    *(info, testset, demo, doctor, install),
):
    app.command(cls=Once)(_command)
