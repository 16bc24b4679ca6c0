"""One place of options: dialog, macro keys, command line and Python say the same."""

from __future__ import annotations

import inspect
import re
import zipfile

import typer

import similij.ground.options
from similij.cli import app
from similij.ground.options import help_of, options
from similij.imagej.jars import jar

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
NOT_OF_IMAGEJ = {"--raw", "--format", "--quiet", "--plots", "--report", "--help"}
NOT_OF_IMAGEJ |= {"--report-pairs", "--save-regions"}
"""What a shell needs beside: how to print, where to draw (of two folders), and to write
regions, which in ImageJ the ROI Manager does."""

OF_LARGE = {"--level", "--workers", "--scheduler", "--memory-limit", "--estimate"}
OF_LARGE |= {"--dashboard", "--series", "--set"}
"""What files need that are larger than memory or hold several images: ImageJ has opened
them, and has them no more."""

OF_MANY = {"--reference", "--jobs", "--restart", "--dry-run"}
OF_MANY |= {"--workers", "--scheduler", "--memory-limit"}
"""What many pairs need beside in a shell."""


def flags_of(command: str) -> dict[str, typer.core.TyperOption]:
    return {
        name: parameter
        for parameter in COMMANDS[command].params
        for name in parameter.opts
        if name.startswith("--")
    }


def test_flags_of_compare_have_the_help_of_the_table() -> None:
    flags = flags_of("compare")
    listed = {o.cli: o for o in options() if o.cli and not o.command}
    assert {*flags} - NOT_OF_IMAGEJ - OF_LARGE == {*listed} - NOT_OF_IMAGEJ
    assert {*flags} >= OF_LARGE
    for flag, option in listed.items():
        assert flags[flag].help == option.help == help_of(flag)


def test_flags_of_batch_are_those_of_compare_and_of_two_folders() -> None:
    flags = flags_of("batch")
    own = {o.cli: o for o in options() if o.cli and o.command == "folders"}
    shared = {o.cli: o for o in options() if o.cli and not o.command}
    listed = {**shared, **own}
    assert {*flags} - NOT_OF_IMAGEJ - OF_MANY == {*listed} - NOT_OF_IMAGEJ - OF_MANY
    for flag in {*listed} - NOT_OF_IMAGEJ - OF_MANY:
        # In Markdown, where a < that is not escaped begins a tag.
        assert re.sub(r"\\([<_])", r"\1", flags[flag].help) == listed[flag].help
        assert flags[flag].help.count("\\<") == listed[flag].help.count("<")
        if flag in own:
            assert flags[flag].help == help_of(flag, "folders")


def test_flags_of_pairwise_have_the_help_of_the_table() -> None:
    flags = flags_of("pairwise")
    listed = {o.cli: o for o in options() if o.cli and o.command == "matrix"}
    as_of_compare = {"--labels", "--mask", "--data-range"}
    assert {*flags} - NOT_OF_IMAGEJ == {*listed} | as_of_compare
    for flag, option in listed.items():
        assert flags[flag].help == option.help == help_of(flag, "matrix")
    for flag in as_of_compare:
        assert flags[flag].help == help_of(flag)


def test_parameters_of_compare_are_those_of_the_table() -> None:
    listed = {o.python for o in options() if o.python}
    known = {*inspect.signature(similij.compare).parameters}
    only_here = {"names", "files"}
    assert known - listed == only_here
    assert listed <= known


def test_every_option_is_described() -> None:
    for option in options():
        assert option.label
        assert option.help.endswith(".")
        assert f"{option.key}=" in option.example or option.key in option.example
        kinds = ("image", "choice", "text", "file", "folder", "flag", "list")
        assert option.kind in kinds
        assert option.choices or option.values or option.kind == "flag"


def test_the_jar_has_this_table() -> None:
    with zipfile.ZipFile(jar()) as archive:
        inside = archive.read("similij/options.ini")
    source = similij.ground.options.__file__.replace("options.py", "options.ini")
    with open(source, "rb") as file:  # noqa: PTH123
        assert inside == file.read()


def test_choices_of_rescale_and_against_are_known_to_python() -> None:
    from similij.images.planes import parse_against
    from similij.moments.windows import parse_window
    from similij.plot.pictures.kinds import KINDS, USUAL, parse_kinds
    from similij.preparation.rescale import parse_rescale

    table = {o.key: o for o in options() if not o.command}
    for word in table["against"].choices:
        assert parse_against(word) == word
    for word in table["rescale"].choices:
        parse_rescale(word.lower())
    assert table["pictures"].choices == KINDS
    assert table["pictures"].all == USUAL == tuple(parse_kinds("all"))
    assert str(parse_window(table["window"].default)) == "box 15×15"
