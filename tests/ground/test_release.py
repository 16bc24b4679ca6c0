"""What a release is made of beside the code: versions, changelog, recipe, citation."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rattler_build import Stage0Recipe, VariantConfig

import similij
from support import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import version

OF_CONDA = {"matplotlib": "matplotlib-base"}
"""Where conda has another name for it; this one lacks the windows of Qt."""


def test_every_place_names_this_version() -> None:
    named = version.named()
    assert len(named) > len(version.HAVE)
    assert named == {place: {similij.__version__} for place in named}


def test_a_version_is_set_in_every_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in version.places():
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    monkeypatch.setattr(version, "ROOT", tmp_path)
    version.set_version("12.0.3")
    assert {*map(tuple, version.named().values())} == {("12.0.3",)}
    before = (ROOT / "pyproject.toml").read_text("utf-8")
    line = f'\nversion = "{similij.__version__}"\n'
    assert before.count(line) == 1
    after = (tmp_path / "pyproject.toml").read_text("utf-8")
    assert after == before.replace(line, '\nversion = "12.0.3"\n')


def test_the_changelog_has_this_version_with_its_day() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    released = re.findall(r"^## \[(.+)\] - (\d{4}-\d\d-\d\d)$", text, re.MULTILINE)
    assert released[0][0] == similij.__version__
    days = [day for _, day in released]
    assert days == sorted(days, reverse=True)
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"\ndate-released: {days[0]}\n" in citation
    kinds = set(re.findall(r"^### (.+)$", text, re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_recipe_is_read_by_its_builder() -> None:
    recipe = Stage0Recipe.from_file(ROOT / "recipe" / "recipe.yaml")
    (one,) = recipe.render(VariantConfig({"target_platform": ["noarch"]}))
    package = one.recipe.package
    assert (package.name, str(package.version)) == ("similij", similij.__version__)


def test_recipe_requires_what_pip_does() -> None:
    if sys.version_info < (3, 11):
        pytest.skip("Python 3.10 reads no TOML")
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    stage = Stage0Recipe.from_file(ROOT / "recipe" / "recipe.yaml").to_dict()
    needs = stage["requirements"]
    run = of_conda(needs["run"])
    assert run.pop("python") == ">=${{ python_min }}"
    assert project["requires-python"] == ">=" + stage["context"]["python_min"]
    assert run == of_pip(project["dependencies"])
    extras = project["optional-dependencies"].values()
    optional = of_pip([one for extra in extras for one in extra])
    fits = of_conda(needs["run_constraints"])
    assert fits and fits.items() <= optional.items()
    (script,) = stage["build"]["python"]["entry_points"]
    assert script.split(" = ") == ["similij", project["scripts"]["similij"]]


def test_the_container_has_all_extras_but_imagej() -> None:
    text = (ROOT / "Containerfile").read_text("utf-8")
    (installed,) = re.findall(r"'\.\[(.+)\]'", text)
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    (everything,) = re.findall(r'^all = \["similij\[(.+)\]"\]$', project, re.MULTILINE)
    assert {*installed.split(","), "imagej"} == {*everything.split(",")}


def of_conda(requirements: list[str]) -> dict[str, str]:
    return dict(one.split(" ", 1) for one in requirements)


def of_pip(requirements: list[str]) -> dict[str, str]:
    parsed = [Requirement(one) for one in requirements]
    names = {one: canonicalize_name(one.name) for one in parsed}
    return {OF_CONDA.get(names[one], names[one]): str(one.specifier) for one in parsed}
