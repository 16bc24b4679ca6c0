"""Pairs that the names of files show: a table of folders, and what must not matter."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from similij import ImageError
from similij.batch import find_pairs, pair_up

TWO = [
    # equal names, whatever the ending
    ("a b", "a b", "{id}", "a-a b-b", "2 pairs by equal names."),
    ("a.tif b.png", "a.png b.ome.tif", "{id}", "a.tif-a.png b.png-b.ome.tif", None),
    (
        *("a b x y", "a b z", "{id}", "a-a b-b x- y- -z"),
        "2 pairs by equal names, 3 without a partner: x.tif, y.tif, z.tif.",
    ),
    # of several endings each goes with its own
    ("a.tif a.png", "a.tif", "", "a.tif-a.tif a.png-",
     "1 pair by equal names and endings, 1 without a partner: a.png."),
    # names up to two underscores, as they always were
    ("i1__a i2__a", "i2__b i1__b", "{id}__", "i1__a-i1__b i2__a-i2__b", None),
    ("i1__a i2__a x", "i1__b", "{id}__", "i1__a-i1__b i2__a- x-", None),
    ("i1__a i1__b i2__a", "i1__c i2__c", "{id}__", "-i1__c i2__a-i2__c", None),
    # equal ones first, and the others up to the underscores
    (
        *("s__1 i1__a", "s__1 i1__b", "", "i1__a-i1__b s__1-s__1"),
        '2 pairs (1 by equal names, 1 by "{id}__").',
    ),
    # one word in which they differ: last, first, in the middle, or only in one of two
    (
        *("c1_raw c2_raw", "c1_den c2_den", "{id}_raw:{id}_den"),
        *("c1_raw-c1_den c2_raw-c2_den", '2 pairs by "{id}_raw:{id}_den".'),
    ),
    ("c1_foo c2_foo", "c1_bar c2_bar", "{id}_foo:{id}_bar",
     "c1_foo-c1_bar c2_foo-c2_bar", None),
    ("C1-a C1-b", "C2-b C2-a", "C1-{id}:C2-{id}", "C1-a-C2-a C1-b-C2-b", None),
    ("s1_w1_z1 s2_w1_z1", "s1_w2_z1 s2_w2_z1", "{id}_w1_{rest}:{id}_w2_{rest}",
     "s1_w1_z1-s1_w2_z1 s2_w1_z1-s2_w2_z1", None),
    ("c1 c2", "c1_den c2_den", "{id}:{id}_den", "c1-c1_den c2-c2_den", None),
    ("raw1 raw2", "den1 den2", "raw{id}:den{id}", "raw1-den1 raw2-den2", None),
    ("c1raw c2raw", "c1den c2den", "{id}raw:{id}den", "c1raw-c1den c2raw-c2den", None),
    ("c1_C1 c2_C1", "c1_C10 c2_C10", "{id}_C1:{id}_C10",
     "c1_C1-c1_C10 c2_C1-c2_C10", None),
    # several words
    ("c1_raw c2_raw", "c1_n2v_v2 c2_n2v_v2", "{id}_raw:{id}_n2v_v2",
     "c1_raw-c1_n2v_v2 c2_raw-c2_n2v_v2", None),
    # what differs in more than one place, or counts images, is no pair
    ("c1_raw c2_raw", "d3_den d4_den", "", "c1_raw- c2_raw- -d3_den -d4_den", None),
    ("frame1", "frame2", "", "frame1- -frame2", None),
    ("frame_1 frame_3", "frame_2 frame_4", "",
     "frame_1- -frame_2 frame_3- -frame_4", None),
    # what would be left over is said
    (
        *("a c1_raw c2_raw", "a c1_den c2_den", "{id}"),
        "a-a -c1_den c1_raw- -c2_den c2_raw-",
        "1 pair by equal names, 4 without a partner: c1_den.tif, c1_raw.tif, "
        'c2_den.tif, ... "{id}_raw:{id}_den" would pair 2 of those without a partner.',
    ),
]  # fmt: skip

ONE = [
    ("c_raw c_den", "{id}_raw:{id}_den", "c_raw-c_den",
     '1 pair by "{id}_raw:{id}_den".'),
    ("c_den c_raw d_raw", "{id}_raw:{id}_den", "c_raw-c_den d_raw-", None),
    ("c c_den d d_den", "{id}:{id}_den", "c-c_den d-d_den", None),
    ("C1-x C2-x", "C1-{id}:C2-{id}", "C1-x-C2-x", None),
    ("s_ch00 s_ch01 t_ch00 t_ch01", "{id}_ch00:{id}_ch01",
     "s_ch00-s_ch01 t_ch00-t_ch01", None),
    # cells 1 and 2 would pair as well: the words that everybody knows decide
    ("1_C1 1_C2 2_C1 2_C2", "{id}_C1:{id}_C2", "1_C1-1_C2 2_C1-2_C2", None),
    # of three channels the first two, and the others are said
    ("s_C1 s_C2 s_C3", "{id}_C1:{id}_C2", "s_C1-s_C2",
     '1 pair by "{id}_C1:{id}_C2". Other pairs are possible by "{id}_C1:{id}_C3" (1), '
     '"{id}_C2:{id}_C3" (1): a pattern chooses.'),
    # _C1 is how _C10 begins, too
    ("s_C1 s_C2 s_C10", "{id}_C1.:{id}_C2.", "s_C1-s_C2", None),
    ("x_foo x_bar y_foo y_bar z_foo z_bar", "{id}_bar:{id}_foo",
     "x_bar-x_foo y_bar-y_foo z_bar-z_foo", None),
]  # fmt: skip

NOT_ONE = [
    "a",
    "img_1 img_2 img_3 img_4",
    "c c_mask d d_mask",
    "c c-1",
    "A_1 A_2 A_3 B_1 B_2 B_3 C_1 C_2 C_3",
]


def fill(folder: Path, names: str) -> Path:
    folder.mkdir()
    for name in names.split():
        (folder / (name if "." in name else f"{name}.tif")).touch()
    return folder


def as_text(jobs: list) -> list[str]:
    names = [job.names for job in jobs]
    return ["-".join(n.removesuffix(".tif") for n in pair) for pair in names]


def plain(text: str) -> list[str]:
    return [
        "-".join(n.removesuffix(".tif") for n in p.split("-")) for p in text.split()
    ]


@pytest.mark.parametrize(("one", "two", "pattern", "pairs", "words"), TWO)
def test_two_folders(
    one: str, two: str, pattern: str, pairs: str, words: str | None, tmp_path: Path
) -> None:
    places = fill(tmp_path / "a", one), fill(tmp_path / "b", two)
    pairing = pair_up(*places)
    assert as_text(pairing.jobs) == [p.replace(".tif", "") for p in plain(pairs)]
    assert pairing.pattern == pattern
    assert words is None or pairing.words == words
    if pattern:  # what a dialog shows is what a macro can say
        paired = [job.names for job in pairing.jobs if not job.problem]
        by_pattern = find_pairs(*places, pair=pattern)
        assert [job.names for job in by_pattern if not job.problem] == paired


@pytest.mark.parametrize(("names", "pattern", "pairs", "words"), ONE)
def test_one_folder(
    names: str, pattern: str, pairs: str, words: str | None, tmp_path: Path
) -> None:
    place = fill(tmp_path / "a", names)
    pairing = pair_up(place)
    assert as_text(pairing.jobs) == pairs.split()
    assert pairing.pattern == pattern
    assert words is None or pairing.words == words
    assert find_pairs(place, pair=pattern) == pairing.jobs


@pytest.mark.parametrize("names", NOT_ONE)
def test_one_folder_that_shows_no_pairs(names: str, tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="do not show which of them belong together"):
        pair_up(fill(tmp_path / "a", names))


def test_an_explicit_pattern_wins(tmp_path: Path) -> None:
    places = fill(tmp_path / "a", "1__x 2__x"), fill(tmp_path / "b", "1__x 2__y")
    assert as_text(find_pairs(*places)) == ["1__x-1__x", "2__x-2__y"]
    pairing = pair_up(*places, pair="{id}__x")
    assert as_text(pairing.jobs) == ["1__x-1__x", "2__x-", "-2__y"]
    assert pairing.words == (
        '1 pair by "{id}__x", 2 without a partner: 2__x.tif, 2__y.tif.'
    )


def test_subfolders_pair_with_their_own(tmp_path: Path) -> None:
    for place, word in (("a", "raw"), ("b", "den")):
        fill(tmp_path / place, "")
        for day in ("1", "2"):
            fill(tmp_path / place / day, f"c1_{word} c2_{word}")
    pairing = pair_up(tmp_path / "a", tmp_path / "b", recursive=True)
    assert pairing.pattern == "{id}_raw:{id}_den"
    found = [(job.groups["folder"], job.names[1]) for job in pairing.jobs]
    assert found == [(d, f"c{k}_den.tif") for d in "12" for k in (1, 2)]


def test_a_group_may_be_called_folder(tmp_path: Path) -> None:
    places = fill(tmp_path / "a", "x_1__"), fill(tmp_path / "b", "x_1__")
    (job,) = find_pairs(*places, pair="{folder}_{id}__")
    assert dict(job.groups) == {"folder": "x"}


@pytest.mark.parametrize(
    "names",
    ["c1 c2", "c1_mask c2_mask", "c1__m c2__m", "raw_c1_cp_masks raw_c2_cp_masks"],
)
def test_folders_of_masks_labels_and_rois(names: str, tmp_path: Path) -> None:
    words = {"c1 c2": "{}", "c1_mask c2_mask": "{}", "c1__m c2__m": "{}__x"}
    shape = words.get(names, "raw_{}")
    images = " ".join(shape.format(f"c{k}") for k in (1, 2, 3))
    a, b = fill(tmp_path / "a", images), fill(tmp_path / "b", images)
    beside = fill(tmp_path / "beside", names)
    zips = fill(tmp_path / "zips", " ".join(f"{n}.zip" for n in images.split()[:2]))
    for kind in ("mask", "labels"):
        jobs = find_pairs(a, b, **{kind: str(beside)}, rois=str(zips))
        files = [getattr(job, kind) and getattr(job, kind).name for job in jobs]
        assert files == [*(f"{name}.tif" for name in names.split()), None]
        assert [job.rois is not None for job in jobs] == [True, True, False]
        assert jobs[2].problem.startswith(f'no {kind} file in "{beside}" for')
    pairing = pair_up(a, b, mask=str(beside), rois="none")
    third = images.split()[2]
    assert pairing.words == (
        f"3 pairs by equal names, 1 without a mask or labels: {third}.tif."
    )
    assert all(job.rois is None for job in pairing.jobs)


WORDS = st.text("abcdefgh", min_size=3, max_size=6)


@settings(deadline=None, max_examples=60)
@given(
    cells=st.lists(WORDS, min_size=2, max_size=6, unique=True),
    kinds=st.lists(WORDS, min_size=2, max_size=2, unique=True),
    place=st.sampled_from(["{cell}_{kind}", "{kind}_{cell}", "x_{kind}_{cell}"]),
    fresh=st.permutations("ijklmnop"),
)
def test_other_letters_make_the_same_pairs(
    cells: list[str], kinds: list[str], place: str, fresh: list[str]
) -> None:
    """Pairs are of what is alike and what differs: never of which letters they are."""
    if {*cells} & {*kinds}:
        return
    renamed = str.maketrans("abcdefgh", "".join(fresh))
    with tempfile.TemporaryDirectory() as top:
        found = []
        for n, table in enumerate(({}, renamed)):
            folders = []
            for k, kind in enumerate(kinds):
                names = [
                    place.format(cell=c, kind=kind).translate(table) for c in cells
                ]
                folders.append(fill(Path(top) / f"{n}{k}", " ".join(names)))
            pairs = {job.names for job in find_pairs(*folders) if not job.problem}
            found.append(pairs)
        stems = [{tuple(n[:-4] for n in pair) for pair in pairs} for pairs in found]
        assert {tuple(n.translate(renamed) for n in p) for p in stems[0]} == stems[1]
        expected = {
            tuple(f"{place.format(cell=c, kind=kind)}.tif" for kind in kinds)
            for c in cells
        }
        assert found[0] == expected


@settings(deadline=None, max_examples=60)
@given(
    ids=st.lists(WORDS, min_size=1, max_size=5, unique=True),
    ends=st.lists(st.tuples(WORDS, WORDS), min_size=5, max_size=5),
)
def test_what_two_underscores_paired_is_paired_still(
    ids: list[str], ends: list[tuple[str, str]]
) -> None:
    """A macro that was recorded without a pattern meant "{id}__"."""
    with tempfile.TemporaryDirectory() as top:
        folders = [
            fill(
                Path(top) / str(k),
                " ".join(f"{i}__{end[k]}" for i, end in zip(ids, ends, strict=False)),
            )
            for k in (0, 1)
        ]
        by_pattern = find_pairs(*folders, pair="{id}__")
        assert {job.names for job in find_pairs(*folders)} == {
            job.names for job in by_pattern
        }
