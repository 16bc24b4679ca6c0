"""Read `options.ini`: what the commands in ImageJ, and the shell, can be told.

The same file is in the plugin's jar, where it makes the dialogs and the macro keys;
here it gives the help of the command line and the tables of the docs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from configparser import ConfigParser
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True)
class Option:
    """One option of a command in ImageJ.

    Attributes
    ----------
    key : str
        In a macro.
    label, kind, values, default, cli, python, words, help, example : str
        As `options.ini` explains them; "" where it has none.
    all : tuple of str
        What the word "all" stands for, of a list.
    choices : tuple of str
        What it can be; the first one is the default. Empty where it can be anything.
    command : str
        Whose it is: "" (Image Similarity...), "folders" or "matrix".
    """

    key: str
    label: str
    kind: str
    choices: tuple[str, ...]
    all: tuple[str, ...]
    values: str
    default: str
    cli: str
    python: str
    words: str
    help: str
    example: str
    command: str


def _with_base(parser: ConfigParser, name: str) -> dict[str, str]:
    """Return the fields of an option, and those that it has of another one."""
    own = dict(parser[name])
    base = dict(parser[own["as"]]) if "as" in own else {}
    # Where it stands in one dialog says nothing of another.
    return {**{k: v for k, v in base.items() if k not in ("dialog", "after")}, **own}


@lru_cache(maxsize=1)
def options() -> tuple[Option, ...]:
    """Return every option, in the order of the dialogs.

    Examples
    --------
    >>> [option.key for option in options() if option.kind == "flag"]
    ['inverse', 'verdict', 'inverse', 'recursive']
    """
    # Taken literally: help may hold a %, and no section lends its values to others.
    parser = ConfigParser(interpolation=None, default_section="-")
    parser.read_string(Path(__file__).with_name("options.ini").read_text("utf-8"))
    entries = []
    for name in parser.sections():
        words = _with_base(parser, name)
        command, _, key = name.rpartition(".")
        entries.append(
            Option(
                key=key,
                choices=_listed(words.get("choices", "")),
                all=_listed(words.get("all", "")),
                command=command,
                **{
                    key: words.get(key, "")
                    for key in (
                        *("label", "kind", "values", "default"),
                        *("cli", "python", "words", "help", "example"),
                    )
                },
            )
        )
    return tuple(entries)


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split(" | ")) if words else ()


def help_of(flag: str, command: str = "") -> str:
    """Return the help of a flag of the command line.

    Examples
    --------
    >>> help_of("--mask")
    'Image of two values: pixels that are not 0 are compared.'
    """
    return _in_markdown(
        next(o.help for o in options() if o.cli == flag and o.command == command)
    )


def _in_markdown(text: str) -> str:
    # <image> would be taken for a tag of HTML, what stands between the lines of
    # {condition}_{well}_{id} for emphasis: left out. A line within a word is none.
    return re.sub(r"<|(?<!\w)_|_(?!\w)", r"\\\g<0>", text)


def table(listed: Iterable[Option]) -> list[list[str]]:
    """Return the rows of the docs' table, with a heading; in Markdown."""
    rows = [["key", "what it says", "values", "default", "example"]]
    for option in listed:
        values = option.values or ", ".join(f"`{c}`" for c in option.choices)
        if option.kind == "flag":
            values = "the bare word"
        default = option.default
        if not default and option.choices:
            default = f"`{option.choices[0]}`"
        example = f"`{option.example}`"
        words = _in_markdown(option.help)
        rows.append([f"`{option.key}`", words, values, default, example])
    return rows
