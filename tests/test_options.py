"""One place of options: dialog, macro keys, command line and Python say the same."""

from __future__ import annotations

import inspect
import zipfile

import pytest
import typer

import similij
from similij.cli import app
from similij.imagej.jars import jar
from similij.options import help_of, options

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]
NOT_OF_IMAGEJ = {"--format", "--plots", "--help"}
"""What a shell needs beside: how to print, and (of two folders) where to draw."""


@pytest.mark.parametrize(("command", "whose"), [("compare", ""), ("batch", "folders")])
def test_flags_have_the_help_of_the_table(command: str, whose: str) -> None:
    flags = {
        name: parameter
        for parameter in COMMANDS[command].params
        for name in parameter.opts
        if name.startswith("--")
    }
    listed = {o.cli: o for o in options() if o.cli and o.command == whose}
    assert {*flags} - NOT_OF_IMAGEJ == {*listed} - NOT_OF_IMAGEJ
    for flag, option in listed.items():
        assert flags[flag].help == option.help == help_of(flag, whose)


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
    source = similij.options.__file__.replace("options.py", "options.ini")
    with open(source, "rb") as file:  # noqa: PTH123
        assert inside == file.read()


def test_choices_of_rescale_and_against_are_known_to_python() -> None:
    from similij.pictures import KINDS
    from similij.planes import parse_against
    from similij.rescale import parse_rescale

    table = {o.key: o for o in options() if not o.command}
    for word in table["against"].choices:
        assert parse_against(word) == word
    for word in table["rescale"].choices:
        parse_rescale(word.lower())
    assert table["pictures"].choices == KINDS
