"""Names in sentences, and names apart from each other."""

from __future__ import annotations

import pytest

from similij.ground.names import distinct, with_names


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("{1} is constant", "{2}.tif is constant"),
        ("{2} as much as {1}", "b{}.tif as much as {2}.tif"),
        ("{0}, {}, {3} and {{1}}", "{0}, {}, {3} and {{2}.tif}"),
        ("nothing to name", "nothing to name"),
    ],
)
def test_only_the_two_places_are_filled_and_names_are_not_read(
    words: str, expected: str
) -> None:
    assert with_names(words, "{2}.tif", "b{}.tif") == expected


@pytest.mark.parametrize(
    ("names", "files", "expected"),
    [
        (["a", "b"], ["x/a", "x/b"], ["a", "b"]),
        (["a.tif", "b", "a.tif"], ["x/a.tif", "", "y/a.tif"],
         ["x/a.tif", "b", "y/a.tif"]),
        (["a.tif", "a.tif"], ["x/a.tif", "x/a.tif"], ["x/a.tif", "x/a.tif (2)"]),
        (["given", "given"], ["x/a.tif", "y/a.tif"], ["given", "given (2)"]),
        (["a", "a", "a", "a (2)"], [], ["a", "a (3)", "a (4)", "a (2)"]),
    ],
)  # fmt: skip
def test_names_differ_and_the_first_keeps_its_own(
    names: list[str], files: list[str], expected: list[str]
) -> None:
    assert distinct(names, files) == expected
    assert len({*distinct(names, files)}) == len(names)
