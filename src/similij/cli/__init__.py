"""Offer SimilIJ as a command line: a module for each command, or a few alike.

The wing may import all others, which is why it stands on top; nobody imports it but
`python -m similij`. Nothing is computed here: options are read into a `Question` by the
table in `ground/options.ini` (`arguments`), and results are printed and drawn
(`shell`). What stands on NumPy is imported within the functions that need it, so that
`similij --help` waits for neither numba, SciPy, dask nor matplotlib.

Exit codes: 0 done, 1 could not compare (one sentence on stderr), 2 bad usage.
"""

from __future__ import annotations

import atexit
import io
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup

from ..ground.inert import inert_streams
from ..ground.version import __version__
from .batch import batch
from .compare import compare
from .estimate import estimate
from .evidence import frc, shift, significance, threshold
from .figure import figure
from .info import info
from .pairwise import pairwise
from .setting_up import demo, doctor, install, testset
from .shell import say


class _Flags:
    """Show flags as flags: new versions of typer write `<bool>` behind them."""

    def get_params(self, ctx: Any) -> Any:
        """Return the options and arguments, those for help among them."""
        params = super().get_params(ctx)  # type: ignore[misc]
        for option in params:
            if getattr(option, "is_flag", False):
                option.metavar = ""
        return params


class _Commands(_Flags, TyperGroup):
    """Keep words of users inert in what is said of bad usage, which is in colours."""

    def make_context(self, *args: Any, **options: Any) -> Any:
        """Read what stands before the command."""
        with _inert_usage():
            return super().make_context(*args, **options)

    def invoke(self, context: Any) -> Any:
        """Read what stands behind the command, and run it."""
        with _inert_usage():
            return super().invoke(context)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the overview without boxes: to draw them takes as long as all else."""
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        self.format_options(ctx, formatter)  # and the commands

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write what each command is for, in whole sentences."""
        commands = [self.get_command(ctx, name) for name in self.list_commands(ctx)]
        rows = [
            (one.name, one.get_short_help_str(limit=1000))
            for one in commands
            if one is not None and not one.hidden
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class _Command(_Flags, TyperCommand):
    """Keep all inert that a command prints: `--help`, in colours, is printed before.

    And refuse an option that is given twice: the last one was taken without a word, and
    of two nobody knows which one is meant.
    """

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

    def invoke(self, context: Any) -> Any:
        """Run the command."""
        with inert_streams():
            return super().invoke(context)


@contextmanager
def _inert_usage() -> Iterator[None]:
    from ..ground.errors import in_one_line

    try:
        yield
    except Exception as error:
        # Of bad usage, whose class has another home in each version of typer.
        if hasattr(error, "format_message") and hasattr(error, "message"):
            error.message = in_one_line(error.message)
        raise


app = typer.Typer(
    name="similij",
    cls=_Commands,
    help="How alike are two images, and where do they differ?\n\n"
    "Pearson R (-1...1, higher is more alike), RMSD and Mean Difference (0 and more, "
    "in intensity units, lower is more alike), of whole images or region by region.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line; a refusal is one sentence and exit code 1."""
    from ..ground.errors import ImageError, KindError, RegionError
    from ..ground.memory import not_enough
    from ..ground.optional import SENTENCE, missing

    warnings.formatwarning = _sentence
    sys.excepthook = _inert_traceback
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
        named = missing(error)
        if SENTENCE not in str(named):
            raise
        say(f"similij: {named}")
        sys.exit(1)
    except MemoryError as error:
        say(f"similij: {not_enough(error)}")
        sys.exit(1)
    except OSError as error:
        from ..ground.public import refused_file  # it stands on NumPy

        say(f"similij: {refused_file(error)}")
        sys.exit(1)
    except (ImageError, RegionError, KindError, RuntimeError) as error:
        say(f"similij: {error}")
        sys.exit(1)
    finally:
        _end_without_escapes()


def _end_without_escapes() -> None:
    """Keep colorama, which numba imports where it is, from resetting colours at exit.

    It writes to the stream that it met first, on which escape sequences are spelled
    out: so a terminal had a last line of "[U+001B][0m".
    """
    if colorama := sys.modules.get("colorama"):
        atexit.unregister(colorama.initialise.reset_all)


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


def _inert_traceback(*failure: Any) -> None:
    """Show a fault of ours, which may name a file."""
    with inert_streams():
        sys.__excepthook__(*failure)


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


for _command in (
    *(compare, estimate, batch, pairwise, figure, shift, frc, significance, threshold),
    *(info, testset, demo, doctor, install),
):
    # Types and not their names, which typer evaluates four times for each command.
    _command.__annotations__ = get_type_hints(_command, include_extras=True)
    app.command(cls=_Command)(_command)
