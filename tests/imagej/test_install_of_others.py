"""`similij install` touches what it added itself, and nothing that others have."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from similij.imagej import install as module
from similij.imagej import jars
from similij.imagej.install import install, uninstall
from support import in_small_disk

OWN_JAR = jars.JAR


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is installed, small and without Java: a jar, libraries, two macros."""
    source = tmp_path / "source"
    (source / "macros").mkdir(parents=True)
    (source / "libraries").mkdir()
    (source / OWN_JAR).write_bytes(b"command")
    for name in ("appose-0.9.0.jar", "jna-5.14.0.jar"):
        (source / "libraries" / name).write_bytes(name.encode())
    for name in ("One.ijm", "Two.ijm"):
        (source / "macros" / name).write_text(f"// {name}\n")
    monkeypatch.setattr(jars, "jar", lambda: source / OWN_JAR)
    monkeypatch.setattr(
        jars,
        "class_path",
        lambda *, worker_only: sorted((source / "libraries").iterdir()),
    )
    monkeypatch.setattr(module, "macro_folder", lambda: source / "macros")
    return source


@pytest.fixture
def imagej(tmp_path: Path) -> Path:
    folder = tmp_path / "ImageJ"
    (folder / "plugins").mkdir(parents=True)
    (folder / "macros").mkdir()
    (folder / "macros" / "mine.ijm").write_text("mine")
    return folder


def content(folder: Path) -> dict[str, bytes]:
    """Return all files by their paths, those in folders that are links, too."""
    return {
        str((Path(place) / name).relative_to(folder)): (Path(place) / name).read_bytes()
        for place, _, names in os.walk(folder, followlinks=True)
        for name in names
    }


def folders(folder: Path) -> set[str]:
    walk = os.walk(folder, followlinks=True)
    return {str(Path(place).relative_to(folder)) for place, _, _ in walk}


def test_all_of_it_comes_and_goes(made: Path, imagej: Path) -> None:
    before, folders_before = content(imagej), folders(imagej)
    install(imagej)
    first = content(imagej)
    assert set(first) - set(before) == {
        f"plugins/{OWN_JAR}", "plugins/similij.properties",
        "plugins/jars/appose-0.9.0.jar", "plugins/jars/jna-5.14.0.jar",
        "macros/SimilIJ/One.ijm", "macros/SimilIJ/Two.ijm",
    }  # fmt: skip
    install(imagej)
    assert content(imagej) == first
    uninstall(imagej)
    assert (content(imagej), folders(imagej)) == (before, folders_before)


@pytest.mark.parametrize(
    "name", [f"plugins/{OWN_JAR}", "plugins/Image_Similarity-0.0.1.jar",
             "plugins/Image_Similarity.jar", "plugins/Image_Similarity_.jar",
             "plugins/Analyze/Image_Similarity-9.9.jar"],
)  # fmt: skip
def test_a_jar_that_somebody_put_there_is_set_aside(
    made: Path, imagej: Path, name: str
) -> None:
    jar = imagej / name
    jar.parent.mkdir(exist_ok=True)
    jar.write_bytes(b"theirs")
    before = content(imagej)
    for _ in range(2):
        done = "\n".join(install(imagej))
        assert f"Set aside {jar}" in done
        now = content(imagej)
        assert now[f"{name}.before-similij"] == b"theirs"
        ours = [n for n in now if n.endswith(".jar") and "Image_Similarity" in n]
        assert ours == [f"plugins/{OWN_JAR}"]
        assert now[ours[0]] == b"command"
    uninstall(imagej)
    assert content(imagej) == before


def test_jars_of_others_with_like_names_stay(made: Path, imagej: Path) -> None:
    for name in ("Image_Similarity_Other.jar", "My_Image_Similarity-1.0.jar"):
        (imagej / "plugins" / name).write_bytes(b"theirs")
    before = content(imagej)
    install(imagej)
    assert before.items() <= content(imagej).items()
    uninstall(imagej)
    assert content(imagej) == before


def test_a_macro_that_was_edited_stays_and_the_new_one_lies_beside(
    made: Path, imagej: Path
) -> None:
    install(imagej)
    one = imagej / "macros" / "SimilIJ" / "One.ijm"
    one.write_text("edited")
    (made / "macros" / "One.ijm").write_text("// the next version\n")
    (made / "macros" / "Two.ijm").write_text("// Two, the next version\n")
    for _ in range(2):
        done = "\n".join(install(imagej))
        assert f"Kept {one}" in done
        assert one.read_text() == "edited"
        new = one.with_name("One_new.ijm")
        assert new.read_text() == "// the next version\n"
        assert one.with_name("Two.ijm").read_text() == "// Two, the next version\n"
    new.write_text("edited, too")
    install(imagej)
    assert one.with_name("One_new_2.ijm").read_text() == "// the next version\n"
    uninstall(imagej)
    assert {p.name: p.read_text() for p in one.parent.iterdir()} == {
        "One.ijm": "edited",
        "One_new.ijm": "edited, too",
    }


def test_what_was_changed_is_not_taken_out(made: Path, imagej: Path) -> None:
    install(imagej)
    one = imagej / "macros" / "SimilIJ" / "One.ijm"
    one.write_text("edited")
    done = uninstall(imagej)
    assert f"Kept {one}, which was changed since it was added" in done
    assert set(content(imagej)) == {"macros/mine.ijm", "macros/SimilIJ/One.ijm"}


def test_a_macro_of_somebody_with_our_name_stays(made: Path, imagej: Path) -> None:
    folder = imagej / "macros" / "SimilIJ"
    folder.mkdir()
    (folder / "One.ijm").write_text("theirs")
    (folder / "Two.ijm").write_text("// Two.ijm\n")  # ours, unpacked by hand
    before = content(imagej)
    install(imagej)
    assert before.items() <= content(imagej).items()
    uninstall(imagej)
    assert content(imagej) == before


@pytest.mark.parametrize("name", ["plugins", "macros"])
def test_a_folder_that_is_a_link_uninstalls_whole(
    made: Path, imagej: Path, tmp_path: Path, name: str
) -> None:
    shared = tmp_path / "shared"
    (imagej / name).rename(shared)
    (imagej / name).symlink_to(shared)
    (imagej / "plugins" / "appose-0.1.jar").write_bytes(b"too old")
    before = content(imagej), folders(imagej), content(shared)
    install(imagej)
    assert "plugins/appose-0.1.jar" not in content(imagej)
    uninstall(imagej)
    assert (content(imagej), folders(imagej), content(shared)) == before
    assert (imagej / name).is_symlink()


def test_a_record_that_somebody_edited_removes_nothing_of_others(
    made: Path, imagej: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("keep")
    install(imagej)
    record = imagej / "plugins" / "similij.properties"
    lines = [
        "added.90=../outside.txt", f"added.91={outside}", "added.92=macros/mine.ijm",
        "aside.90=../outside.txt", "made.90=..", "added.93=C:\\x", "sum.93=",
    ]  # fmt: skip
    record.write_text(record.read_text() + "\n".join(lines) + "\n")
    uninstall(imagej)
    assert outside.read_text() == "keep"
    assert content(imagej) == {"macros/mine.ijm": b"mine"}


def test_a_record_of_an_earlier_version_is_followed(made: Path, imagej: Path) -> None:
    """It has no checksums: a macro that is not today's may have been edited."""
    install(imagej)
    record = imagej / "plugins" / "similij.properties"
    lines = record.read_text().splitlines()
    record.write_text("\n".join(x for x in lines if not x.startswith("sum.")))
    (imagej / "macros" / "SimilIJ" / "One.ijm").write_text("edited, or an older one")
    uninstall(imagej)
    assert set(content(imagej)) == {"macros/mine.ijm", "macros/SimilIJ/One.ijm"}


def test_a_jar_that_is_open_goes_with_the_next_installation(
    made: Path, imagej: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows removes none that is open; no later install takes it for another's."""
    install(imagej)
    old = imagej / "plugins" / OWN_JAR
    new = made / "Image_Similarity-99.0.jar"
    new.write_bytes(b"newer command")
    monkeypatch.setattr(jars, "jar", lambda: new)
    unlink = Path.unlink

    def open_still(path: Path, missing_ok: bool = False) -> None:
        if path == old:
            raise PermissionError(13, "Permission denied", str(path))
        unlink(path, missing_ok)

    with monkeypatch.context() as held:
        held.setattr(Path, "unlink", open_still)
        with pytest.raises(RuntimeError, match="close ImageJ"):
            install(imagej)
    install(imagej)
    names = {name for name in content(imagej) if "Image_Similarity" in name}
    assert names == {"plugins/Image_Similarity-99.0.jar"}
    uninstall(imagej)
    assert content(imagej) == {"macros/mine.ijm": b"mine"}


def test_links_where_files_would_go_are_refused(
    made: Path, imagej: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own.txt"
    own.write_text("keep")
    for name in (f"plugins/{OWN_JAR}", "plugins/similij.properties"):
        (imagej / name).symlink_to(own)
        before = content(imagej)
        with pytest.raises(RuntimeError, match=r"it is a symbolic link|Set aside|link"):
            install(imagej)
        assert content(imagej) == before
        assert own.read_text() == "keep"
        (imagej / name).unlink()


FULL = """
import sys
from pathlib import Path
from similij.imagej import install as module, jars
disk, source = map(Path, sys.argv[1:])
jars.jar = lambda: source / jars.JAR
jars.class_path = lambda *, worker_only: sorted((source / "libraries").iterdir())
module.macro_folder = lambda: source / "macros"
folder = disk / "ImageJ"
(folder / "plugins").mkdir(parents=True)
(folder / "plugins" / "appose-0.1.jar").write_bytes(b"too old")
def look():
    return sorted((str(p), p.is_file() and p.read_bytes()) for p in disk.rglob("*"))
before = look()
for _ in range(2):
    try:
        module.install(folder)
    except RuntimeError as error:
        print(error)
    assert look() == before
    # The second time over one that is whole, which must stay so.
    (source / jars.JAR).write_bytes(b"small")
    module.install(folder)
    before = look()
    (source / jars.JAR).write_bytes(bytes(1 << 20))
"""


def test_a_full_disk_leaves_the_folder_as_it_was(made: Path, tmp_path: Path) -> None:
    (made / OWN_JAR).write_bytes(bytes(1 << 20))
    disk = tmp_path / "disk"
    disk.mkdir()
    lines = in_small_disk(FULL, disk, "256k", made).splitlines()
    jar = disk / "ImageJ" / "plugins" / OWN_JAR
    sentence = (
        f'"{jar}" cannot be written (No space left on device): close ImageJ, make room '
        "there, or run this as a user who may write there."
    )
    assert lines == [sentence, sentence]


def test_what_is_copied_is_whole(made: Path, imagej: Path) -> None:
    install(imagej)
    shutil.rmtree(made)
    assert (imagej / "plugins" / OWN_JAR).read_bytes() == b"command"
    assert not [n for n in content(imagej) if "/.similij-" in n]
