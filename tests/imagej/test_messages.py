"""The types of messages: refusals by name, and the same fields in Java and the docs."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from msgspec import inspect
from test_handler import Wire, of_request, region, request

import similij
from similij.ground.options import options
from similij.imagej import messages
from similij.imagej.handler import Handler
from similij.imagej.words import check_words
from similij.imagej.worker import Segment

ROOT = Path(__file__).parents[2]
FIELDS = ROOT / "plugin/src/test/resources/similij/wire/fields.txt"
DOCS = ROOT / "docs/protocol.md"
X = np.arange(12, dtype=np.uint8).reshape(1, 3, 4)
KINDS = {
    inspect.StrType: "text",
    inspect.IntType: "whole",
    inspect.FloatType: "number",
    inspect.BoolType: "flag",
    inspect.AnyType: "any",
}


def kind_of(kind: Any) -> str:
    """A type in the words of the docs."""
    if isinstance(kind, inspect.UnionType):
        inner = [t for t in kind.types if not isinstance(t, inspect.NoneType)]
        words = "number" if len(inner) > 1 else kind_of(inner[0])
        return f"{words}?" if len(inner) < len(kind.types) else words
    if isinstance(kind, inspect.StructType):
        return kind.cls.__name__
    if isinstance(kind, inspect.ListType):
        return f"[{kind_of(kind.item_type)}]"
    if isinstance(kind, inspect.TupleType):
        return f"[{', '.join(map(kind_of, kind.item_types))}]"
    if isinstance(kind, inspect.DictType):
        return f"{{text: {kind_of(kind.value_type)}}}"
    return KINDS[type(kind)]


def structs() -> dict[str, dict[str, str]]:
    """All messages and what they are made of: names of fields to their kinds.

    A message has the name of its `op`, its answers `op -> Name`; a field that may be
    missing has its kind in brackets.
    """
    found: dict[str, dict[str, str]] = {}

    def describe(title: str, cls: type[msgspec.Struct]) -> None:
        if title in found:
            return
        info = inspect.type_info(cls)
        assert isinstance(info, inspect.StructType)
        kinds = {
            field.name: kind_of(field.type) if field.required
            else f"({kind_of(field.type).removesuffix('?')})"
            for field in info.fields
        }  # fmt: skip
        found[title] = kinds
        for words in kinds.values():
            for name in re.findall(r"\b[A-Z]\w+", words):
                describe(name, getattr(messages, name))

    for kind, answers in messages.ANSWERS.items():
        op = kind.__name__.lower()
        describe(op, kind)
        for answer in answers:
            describe(f"{op} -> {answer.__name__}", answer)
    describe("Failure", messages.Failure)
    describe("Segment", Segment)
    return found


def test_the_handler_knows_every_message() -> None:
    known = {kind for kind, _ in Handler(lambda wire: wire)._operations.values()}
    assert known == {*messages.ANSWERS}


def test_java_is_tested_against_the_same_fields() -> None:
    """The JUnit test WireTest reads this file; SIMILIJ_WRITE=1 writes it anew."""
    lines = [
        f"{title}: " + "; ".join(f"{name} {kind}" for name, kind in fields.items())
        for title, fields in structs().items()
    ]
    text = "\n".join(line.strip() for line in lines) + "\n"
    if os.environ.get("SIMILIJ_WRITE"):
        FIELDS.parent.mkdir(parents=True, exist_ok=True)
        FIELDS.write_text(text, encoding="utf-8")
    assert FIELDS.read_text(encoding="utf-8") == text


def documented() -> dict[str, dict[str, str]]:
    """Fields and kinds as the tables of docs/protocol.md have them."""
    found: dict[str, dict[str, str]] = {}
    title = ""
    for line in DOCS.read_text(encoding="utf-8").splitlines():
        if heading := re.match(r"#### (.+)", line):
            title = heading.group(1).replace("`", "").replace("→", "->")
            found[title] = {}
        elif line.startswith("#"):
            title = ""
        elif title and (row := re.match(r"\| `(\w+)` \| (.+?) \|", line)):
            found[title][row.group(1)] = row.group(2)
    return found


def test_the_docs_have_every_field_and_no_other() -> None:
    assert documented() == structs()


def test_the_docs_name_the_protocol() -> None:
    from similij.imagej.handler import PROTOCOL

    assert f"## Messages, protocol {PROTOCOL}\n" in DOCS.read_text(encoding="utf-8")


CHANGES: list[tuple[Any, str, str]] = [
    (
        lambda m: m["request"]["image_1"].update(width="9"),
        "request.image_1.width is '9' and must be a whole number",
        "Update both sides",
    ),
    (
        lambda m: m["request"]["image_2"].pop("type"),
        "request.image_2.type is missing",
        "Update the jar",
    ),
    (
        lambda m: m["request"].update(colour="red"),
        "request.colour is not known here",
        "Update the Python package",
    ),
    (
        lambda m: m["request"]["regions"][1]["box"].update(x=None),
        "request.regions[1].box.x is None and must be a whole number",
        "Update both sides",
    ),
    (
        lambda m: m["request"].update(labels="cells"),
        "request.labels is 'cells' and must be a map or null",
        "Update both sides",
    ),
    (
        lambda m: m["request"]["options"].update(verdict=True),
        "request.options[...] is true or false and must be a text",
        "Update both sides",
    ),
    (
        lambda m: m["request"]["image_2"].update(width=-1),
        "request.image_2.width is -1 and must be at least 1",
        "Update both sides",
    ),
    (
        lambda m: m["request"]["image_1"]["sizes"].update(t=2**31),
        "request.image_1.sizes.t is 2147483648 and must be at most 2147483647",
        "Update both sides",
    ),
    (lambda m: m.update(end=1), "end is 1 and must be true or false", "Update both"),
    (lambda m: m.pop("run"), "run is missing", "Update the jar"),
]


@pytest.mark.parametrize(("change", "what", "step"), CHANGES)
def test_a_field_that_does_not_fit_is_named(change: Any, what: str, step: str) -> None:
    boxes = [region("a", (0, 0, 2, 2)), region("b", (0, 0, 2, 2))]
    message = of_request("compare", request(X, X, regions=boxes))
    change(message)
    reply = Wire().ask(message)
    ours = f"similij {similij.__version__}"
    wanted = f'ImageJ\'s message "compare" does not fit {ours}: {what}. {step}'
    assert reply["error"].startswith(wanted), reply["error"]
    assert "\n" not in reply["error"]
    assert "MessageError" in reply["traceback"]


HALF = "a\ud83d.tif"


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m["request"]["image_1"].update(name=HALF),
        lambda m: m["request"].update(save=HALF),
        lambda m: m["request"]["options"].update({HALF: "1"}),
        lambda m: m["request"].update(notes=[HALF]),
        lambda m: m.update(run=HALF),
        lambda m: m.update(plane_1=HALF),
    ],
)
def test_half_of_a_character_is_named(change: Any) -> None:
    """Java lets it into a string, and no UTF-8 can write it."""
    message = of_request("compare", request(X, X))
    change(message)
    error = Wire().ask(message)["error"]
    assert error.startswith('ImageJ\'s message "compare" does not fit similij')
    assert r"a text has half of a character ('a\ud83d.tif')" in error


def test_a_field_whose_name_has_lines_is_one_line() -> None:
    error = Wire().ask({"op": "metrics", "a\nb\r": 1})["error"]
    assert r"unknown field `a\nb\r`" in error
    assert error.isprintable()


@pytest.mark.parametrize("plane", ["1", 7, {"shm": 1, "size": 2}, {}])
def test_what_stands_for_no_shared_memory_is_said(plane: Any) -> None:
    from similij.imagej.worker import handle

    handle({**of_request("compare", request(X, X)), "end": False})
    reply = handle({"op": "compare", "run": "1", "plane_1": plane, "end": True})
    assert "where the name and size of shared memory are due" in reply["error"]


def test_every_message_names_what_it_lacks() -> None:
    wire = Wire()
    for kind in messages.ANSWERS:
        needed = [f.name for f in msgspec.structs.fields(kind) if f.required]
        op = kind.__name__.lower()
        error = wire.ask({"op": op}).get("error", "")
        if needed:
            assert error.startswith(f'ImageJ\'s message "{op}" does not fit')
            assert any(f"{name} is missing" in error for name in needed)


def test_the_handshake_is_with_any_version() -> None:
    message = {"op": "hello", "protocol": "x", "jar": None, "from a later jar": 1}
    assert Wire().ask(message)["protocol"] == 6


def test_an_option_that_this_side_does_not_have_is_named() -> None:
    message = of_request("check", request(X, X, sharpen="3"))
    error = Wire().ask(message)["error"]
    assert (
        f"the option 'sharpen', which similij {similij.__version__} does not" in error
    )
    assert "pip install FILE, with the wheel similij-...whl" in error


def test_options_are_those_of_the_table() -> None:
    for command in ("", "folders", "matrix"):
        keys = [o.key for o in options() if o.command == command]
        check_words(dict.fromkeys(keys, "x"), command)


def tied(name: str, position: int = 0, c: int = 0, z: int = 0, t: int = 0) -> dict:
    return {"name": name, "position": {"position": position, "c": c, "z": z, "t": t}}


def ask_plan(
    sizes: tuple[int, int, int],
    regions: list[dict],
    *,
    inverse: bool = False,
    pictures: bool = False,
    **words: str,
) -> dict[str, Any]:
    """The answer to a plan of two stacks alike, which show their first planes."""
    about = request(X, X)
    axes = dict(zip("czt", sizes, strict=True))
    for image in (about["image_1"], about["image_2"]):
        image["sizes"] = axes
        image["planes"] = int(np.prod(sizes))
    first = dict.fromkeys("czt", 1)
    return Wire().ask(
        {
            "op": "plan",
            "image_1": about["image_1"],
            "image_2": about["image_2"],
            "current_1": first,
            "current_2": first,
            "regions": regions,
            "inverse": inverse,
            "pictures": pictures,
            "run_id": None,
            "options": words,
        }
    )


def planned(*args: Any, **words: Any) -> dict[str, Any]:
    """The same, where there is a plan."""
    reply = ask_plan(*args, **words)
    assert "error" not in reply, reply
    return reply


def test_more_planes_than_anybody_reads_are_no_plan() -> None:
    """A row of each would take gigabytes, and the time to make them."""
    error = ask_plan((1, 1001, 1000), [], per="t")["error"]
    assert error.startswith("'a b.tif' has 1,001,000 planes, and at most 1,000,000")


def test_a_tied_roi_is_compared_in_its_plane_only() -> None:
    regions = [tied("2", 2), tied("all"), tied("3", 3), tied("far", 9)]
    reply = planned((1, 3, 1), regions, per="z")
    assert [g["plane"] for g in reply["groups"]] == ["z1", "z2", "z3"]
    parts = [group["parts"] for group in reply["groups"]]
    assert [[p["regions"] for p in of_group] for of_group in parts] == [
        [[1]],
        [[0, 1]],
        [[1, 2]],
    ]
    # "far" was asked for, and is on no plane: its row says so.
    words = "far is tied to a plane (far to z9) that is not among those compared"
    assert reply["missing"] == [{"region": 3, "reason": words}]
    assert len(reply["run_id"]) == 20


def test_where_planes_are_pooled_a_tied_roi_has_its_own() -> None:
    regions = [tied("slice", z=2), tied("all"), tied("plane", c=1, z=3, t=2)]
    (group,) = planned((1, 3, 2), regions, stack="All planes")["groups"]
    assert [pair[0] for pair in group["planes"]] == [1, 2, 3, 4, 5, 6]
    some, one, whole = group["parts"]
    assert (some["plane"], some["pairs"], some["regions"]) == ("2 of 6", [1, 4], [0])
    assert some["notes"] == ["slice only: z2"]
    assert (one["plane"], one["pairs"], one["regions"]) == ("z3 t2", [5], [2])
    assert (whole["pairs"], whole["regions"]) == (None, [1])
    assert [p["apart"] for p in group["parts"]] == [True, True, False]
    assert all(part["rows"] and part["drawn"] == [] for part in group["parts"])


def test_what_is_only_drawn_and_what_a_background_may_be_of() -> None:
    regions = [tied("slice", z=2)]
    how = {"stack": "All planes"}
    (group,) = planned((1, 3, 1), regions, pictures=True, **how)["groups"]
    whole = group["parts"][1]
    assert (whole["regions"], whole["drawn"], whole["rows"]) == ([], [0], False)
    (group,) = planned((1, 3, 1), regions, inverse=True, **how)["groups"]
    assert (group["parts"][1]["regions"], group["parts"][1]["rows"]) == ([], True)
    regions.append(tied("free"))
    words = {**how, "background": "region:free"}
    (group,) = planned((1, 3, 1), regions, **words)["groups"]
    assert group["parts"][0]["drawn"] == [1]


def test_where_every_roi_is_tied_elsewhere_a_sentence_says_so() -> None:
    words = "cell is tied to a plane (cell to z9) that is not among those compared"
    reply = planned((1, 3, 1), [tied("cell", 9)], per="z")
    assert reply["missing"] == [{"region": 0, "reason": words}]
    both = [tied("a", 9), tied("b", 8)]
    reply = planned((1, 3, 1), both, per="z", stack="Each plane")
    assert [(m["region"], m["reason"].split(")")[0]) for m in reply["missing"]] == [
        (0, "a is tied to a plane (a to z9"),
        (1, "b is tied to a plane (b to z8"),
    ]
    assert all(group["parts"] == [] for group in reply["groups"])


@pytest.mark.parametrize(
    ("sizes", "at", "region", "there"),
    [
        ((2, 3, 4), (2, 3, 4), tied("", c=2, t=4), True),
        ((2, 3, 4), (2, 3, 4), tied("", c=1, z=3, t=4), False),
        ((2, 3, 4), (2, 3, 4), tied("", 3), True),
        ((2, 3, 4), (2, 3, 4), tied("", 4), False),
        ((2, 1, 4), (2, 1, 4), tied("", 4), True),
        ((4, 1, 1), (4, 1, 1), tied("", 4), True),
        ((1, 1, 1), (1, 1, 1), tied("", 9), True),
        ((2, 3, 4), (1, 1, 1), tied("", 0), True),
    ],
)
def test_positions_as_imagej_understands_them(
    sizes: tuple[int, int, int], at: tuple[int, int, int], region: dict, there: bool
) -> None:
    image = request(X, X)["image_1"]
    image["sizes"] = dict(zip("czt", sizes, strict=True))
    message = {
        "op": "tied",
        "image": image,
        "at": dict(zip("czt", at, strict=True)),
        "image_2": None,
        "at_2": None,
        "regions": [region],
    }
    reply = Wire().ask(message)
    assert reply["here"] == ([0] if there else [])
    assert [m["region"] for m in reply["missing"]] == ([] if there else [0])


@pytest.mark.parametrize(
    ("sizes_2", "at_2", "region", "there"),
    [
        ((3, 1, 1), (2, 1, 1), tied("", c=2), True),  # the channel of image 2
        ((3, 1, 1), (3, 1, 1), tied("", c=2), False),
        ((3, 1, 1), (3, 1, 1), tied("", c=1), True),  # the channel of image 1
        ((3, 5, 1), (1, 4, 1), tied("", z=4), True),  # slices that only image 2 has
        ((3, 5, 1), (1, 4, 1), tied("", 5), False),
        ((3, 5, 1), (1, 4, 1), tied("", z=1), False),
    ],
)
def test_either_image_may_show_the_plane(
    sizes_2: tuple[int, int, int],
    at_2: tuple[int, int, int],
    region: dict,
    there: bool,
) -> None:
    image, other = (request(X, X)[f"image_{k}"] for k in (1, 2))
    image["sizes"] = {"c": 3, "z": 1, "t": 1}
    other["sizes"] = dict(zip("czt", sizes_2, strict=True))
    message = {
        "op": "tied",
        "image": image,
        "at": {"c": 1, "z": 1, "t": 1},
        "image_2": other,
        "at_2": dict(zip("czt", at_2, strict=True)),
        "regions": [region],
    }
    assert Wire().ask(message)["here"] == ([0] if there else [])


def test_a_roi_on_either_channel_of_a_pair_is_on_its_planes() -> None:
    regions = [tied("one", c=1, z=1), tied("two", c=2), tied("three", c=3), tied("all")]
    reply = planned((3, 2, 1), regions, channels="1:2", per="z")
    parts = [group["parts"] for group in reply["groups"]]
    assert [[p["regions"] for p in of_group] for of_group in parts] == [
        [[0, 1, 3]],
        [[1, 3]],
    ]
    assert [m["region"] for m in reply["missing"]] == [2]
    assert reply["missing"][0]["reason"].startswith(
        "three is tied to a plane (three to"
    )
    (group,) = planned((3, 2, 1), regions[:1], channels="1:2", stack="All planes")[
        "groups"
    ]
    assert group["parts"][0]["plane"] == "c1:2 z1"
