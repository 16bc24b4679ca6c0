"""The loops in whole vectors on ARM: what they are made of, and their sums.

They are compiled here for ARM; QEMU, which stands in for the processor, calls them, and
NumPy says what the sums are.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import llvmlite.binding as llvm
import numpy as np
import pytest

from compile_for_arm import LINUX, NO_TARGET
from similij.moments.kernels.instructions import Neon, instructions_of
from support import HUNG, IMAGES, ROOT

Array = np.ndarray[Any, Any]

QEMU = next(
    filter(None, map(shutil.which, ("qemu-aarch64-static", "qemu-aarch64"))), ""
)
LINKER = shutil.which("aarch64-linux-gnu-gcc") or ""

needs_qemu = pytest.mark.skipif(
    not (QEMU and LINKER),
    reason="ARM is emulated by qemu-aarch64, and what it runs is linked by "
    "aarch64-linux-gnu-gcc (Debian: apt install qemu-user-static "
    "gcc-aarch64-linux-gnu libc6-dev-arm64-cross); not both are there",
)

PROCESSORS = {"old": "cortex-a72", "new": "neoverse-n1"}
"""Without and with `udot`: that of a Raspberry Pi 4, and of servers since 2019."""

OF_BYTES = ("sums_uint8", "sums_uint8_masked", "distances")
"""Loops that use `udot` where there is one; the others are the same without."""


class Compiled(NamedTuple):
    """Loops compiled for a processor, and what they are called in their objects."""

    processor: str
    folder: Path
    names: dict[str, str]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Compiled]:
    """Compile the loops for each processor."""
    found = {}
    for age, processor in PROCESSORS.items():
        folder = tmp_path_factory.mktemp(age)
        wanted = OF_BYTES if age == "new" else ()
        ran = subprocess.run(
            [sys.executable, ROOT / "tests" / "compile_for_arm.py", folder, *wanted],
            env={
                **os.environ,
                "NUMBA_CPU_NAME": processor,
                "NUMBA_CPU_FEATURES": "",
                "NUMBA_CACHE_DIR": str(folder / "cache"),
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=HUNG,
        )
        if ran.returncode == NO_TARGET:
            pytest.skip(f"this LLVM was built without ARM: {ran.stdout}")
        assert ran.returncode == 0, ran.stderr
        names = json.loads((folder / "names.json").read_text())
        found[age] = Compiled(processor, folder, names)
    return found


def loop_in_vectors(assembly: str) -> list[str]:
    """Return the innermost loop of the most instructions that work on vectors."""
    found: list[str] = []
    lines: list[str] = []
    label = "none yet"
    for line in map(str.strip, assembly.splitlines()):
        if new := re.match(r"\.?(LBB\w+):", line):
            label, lines = new.group(1), []
        elif re.match("[a-z]", line):
            lines.append(line)
            if line.endswith(label) and in_vectors(lines) > in_vectors(found):
                found = list(lines)
    return found


def in_vectors(instructions: Sequence[str]) -> int:
    return sum(re.search(r"\bv\d", line) is not None for line in instructions)


def mnemonics(instructions: Sequence[str]) -> list[str]:
    return [re.split(r"[.\s]", line)[0] for line in instructions]


@pytest.mark.parametrize(
    ("triple", "features", "expected"),
    [
        ("x86_64-unknown-linux-gnu", "+avx2,+avx512bw", 64),
        ("x86_64-apple-darwin20.1.0", "-avx512bw,+avx2", 32),
        ("x86_64-pc-windows-msvc", "-avx512bw,-avx2", 0),
        ("aarch64-unknown-linux-gnu", "", 16),
        ("arm64-apple-darwin20.1.0", "", 16),
        ("aarch64_be-unknown-linux-gnu", "", 0),
        ("powerpc64le-unknown-linux-gnu", "", 0),
    ],
)
def test_the_processor_says_which_vectors(
    triple: str, features: str, expected: int
) -> None:
    found = instructions_of(triple, "generic", features)
    assert (found.bytes if found else 0) == expected


@pytest.mark.parametrize(
    ("processor", "features", "expected"),
    [
        ("cortex-a72", "", False),
        ("neoverse-n1", "", True),
        ("apple-m1", "", True),
        ("generic", "", False),
        ("generic", "+dotprod", True),
        ("neoverse-n1", "-dotprod", False),
    ],
)
def test_llvm_knows_who_adds_products_of_bytes(
    processor: str, features: str, expected: bool
) -> None:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    try:
        llvm.Target.from_triple(LINUX)
    except RuntimeError as error:
        pytest.skip(f"this LLVM was built without ARM: {error}")
    assert Neon(LINUX, processor, features)._has_dot == expected


@pytest.mark.slow
@pytest.mark.parametrize("system", ["s", "apple.s"])
@pytest.mark.parametrize(
    ("age", "loop", "expected"),
    [
        # Σx, Σy, Σ|x-y|, Σx², Σy², Σxy of 16 pixels: an instruction for each.
        ("new", "sums_uint8", {"udot": 6, "uabd": 1}),
        ("new", "sums_uint8_masked", {"udot": 7, "uabd": 1}),
        ("new", "distances", {"udot": 1, "uabd": 1}),
        ("old", "sums_uint8",
         {"uabd": 1, "uaddlp": 3, "umull": 3, "umull2": 3, "uadalp": 9}),
        ("old", "distances", {"uabd": 1, "uaddlp": 1, "uadalp": 1}),
        ("old", "sums_uint16",
         {"sadalp": 3, "smin": 1, "smull": 3, "smlal2": 3, "usra": 3}),
        ("old", "sums_int16_masked",
         {"sadalp": 3, "smin": 1, "smull": 3, "smlal": 1, "smlal2": 4, "usra": 3}),
        ("old", "lower", {"smin": 1, "sadalp": 1}),
        ("old", "floats", {"fmla": 8, "fabd": 2}),
    ],
)  # fmt: skip
def test_the_loops_are_of_instructions_that_multiply_and_add(
    compiled: dict[str, Compiled],
    age: str,
    loop: str,
    expected: dict[str, int],
    system: str,
) -> None:
    assembly = (compiled[age].folder / f"{loop}.{system}").read_text()
    found = mnemonics(loop_in_vectors(assembly))
    times = found.count(next(iter(expected)))  # LLVM may have unrolled the loop
    assert times > 0
    assert {m: found.count(m) for m in expected} == {
        m: times * count // next(iter(expected.values()))
        for m, count in expected.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("system", ["s", "apple.s"])
@pytest.mark.parametrize("kind", ["uint8", "uint16", "int16"])
def test_labels_are_summed_in_vectors(
    compiled: dict[str, Compiled], kind: str, system: str
) -> None:
    assembly = (compiled["old"].folder / f"labels_{kind}.{system}").read_text()
    found = mnemonics([line.strip() for line in assembly.splitlines()])
    assert all(found.count(m) >= 3 for m in ("sadalp", "smull", "smlal2"))
    assert "cmeq" in found, "labels are compared a vector at a time"


class Loop:
    """A loop as a program for ARM."""

    def __init__(self, compiled: Compiled, name: str) -> None:
        self._processor = compiled.processor
        self._program = compiled.folder / name
        if not self._program.exists():
            subprocess.run(
                [LINKER, "-static", "-no-pie", "-O1", "-w",
                 f"-DLOOP={compiled.names[name]}", IMAGES / "call_loop.c",
                 compiled.folder / f"{name}.o", "-o", self._program,
                 # Of Python, for callers from Python: there are none.
                 "-Wl,--unresolved-symbols=ignore-all"],
                check=True, capture_output=True, text=True,
            )  # fmt: skip

    def __call__(
        self, calls: Sequence[Sequence[Array | int | None]]
    ) -> Iterator[tuple[bool, list[Array]]]:
        """Call it for each list of arguments; yield what it stores, and the arrays."""
        ran = subprocess.run(
            [QEMU, "-cpu", self._processor, self._program],
            input=b"".join(map(_words, calls)),
            capture_output=True,
            timeout=HUNG,
            check=True,
        )
        answer, at = ran.stdout, 0
        for call in calls:
            returned, stored, _ = np.frombuffer(answer, np.int64, 3, at)
            assert returned == 0, "the loop raised an error"
            at += 24
            arrays = []
            for a in call:
                if isinstance(a, np.ndarray):
                    like = np.frombuffer(answer, a.dtype, a.size, at)
                    arrays.append(like.reshape(a.shape))
                    at += a.nbytes
            yield bool(stored & 1), arrays
        assert at == len(answer)


def _words(call: Sequence[Array | int | None]) -> bytes:
    """Write arguments as numba hands them over, an array as seven words and more."""
    buffers: list[bytes] = []
    words: list[int] = []
    for a in call:
        if a is None or isinstance(a, int):
            words += [-1, a or 0]
            continue
        owner_and_sizes = -1, 0, -1, 0, -1, a.size, -1, a.itemsize
        words += [*owner_and_sizes, len(buffers) // 2, 0]
        for number in (*a.shape, *a.strides):
            words += [-1, number]
        buffers += [np.int64(a.nbytes).tobytes(), a.tobytes()]
    head = np.int64(len(buffers) // 2).tobytes()
    count = np.int64(len(words) // 2).tobytes()
    return b"".join([head, *buffers, count, np.array(words, np.int64).tobytes()])


LENGTHS = (0, 1, 7, 8, 9, 15, 16, 17, 31, 33, 32767, 32768, 32769, 70001)
"""Around a vector of either type, around a block, and several blocks with a rest."""


def images(kind: str, count: int, seed: int) -> Iterator[tuple[Array, Array]]:
    """Make pairs: the ends of the type, of each length, and pairs random in all."""
    random = np.random.default_rng(seed)
    ends = np.iinfo(kind)
    for length in LENGTHS:
        for a in (ends.min, ends.max):
            for b in (ends.min, ends.max):
                yield np.full(length, a, kind), np.full(length, b, kind)
    for _ in range(count):
        length = int(random.integers(1, 500))
        low, high = np.sort(random.integers(ends.min, ends.max, 2, np.int64, True))
        x = random.integers(low, high, length, kind, endpoint=True)
        y = random.integers(ends.min, ends.max, length, kind, endpoint=True)
        yield (x, y) if random.random() < 0.5 else (y, x)


def sums(x: Array, y: Array, origin: int) -> list[int]:
    """Return [Σx, Σy, Σx², Σy², Σxy, Σ|x-y|, n], pixels less the origin."""
    a, b = x.astype(np.int64) - origin, y.astype(np.int64) - origin
    found = (a, b, a * a, b * b, a * b, abs(a - b))
    return [*(int(numbers.sum()) for numbers in found), x.size]


def _origin(kind: str) -> int:
    return 1 << 15 if kind == "uint16" else 0


@pytest.mark.slow
@needs_qemu
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(
    ("age", "kind"),
    [("old", "uint8"), ("new", "uint8"), ("old", "uint16"), ("old", "int16")],
)
def test_sums_are_those_of_numpy(
    compiled: dict[str, Compiled], age: str, kind: str, masked: bool
) -> None:
    random = np.random.default_rng(3)
    calls: list[list[Any]] = []
    expected = []
    for x, y in images(kind, 150, 4):
        # Any byte but 0 is inside.
        mask = random.integers(1, 256, x.size, np.uint8)
        mask[random.random(x.size) < random.random()] = 0
        before = random.integers(-1000, 1000, 7)
        calls.append([x, y, mask if masked else None, _origin(kind), before])
        inside = mask != 0 if masked else ...
        expected.append(before + sums(x[inside], y[inside], _origin(kind)))
    loop = Loop(compiled[age], f"sums_{kind}" + "_masked" * masked)
    for (_, arrays), wanted in zip(loop(calls), expected, strict=True):
        assert arrays[-1].tolist() == wanted.tolist()


def label_images(size: int, dtype: str, random: np.random.Generator) -> Array:
    """Make runs of labels 0 to 5, of mostly one pixel or of some hundred."""
    mean = random.choice([1, 3, 20, 200])
    runs = random.geometric(1 / mean, size + 1)
    labels = np.repeat(random.integers(0, 6, runs.size), runs)
    return labels[:size].astype(dtype)


@pytest.mark.slow
@needs_qemu
@pytest.mark.parametrize(
    ("kind", "dtype"), [("uint8", "u2"), ("uint16", "i4"), ("int16", "i8")]
)
def test_labels_have_the_sums_of_numpy(
    compiled: dict[str, Compiled], kind: str, dtype: str
) -> None:
    random = np.random.default_rng(6)
    calls, expected = [], []
    for x, y in images(kind, 150, 7):
        labels = label_images(x.size, dtype, random)
        # A row and its vectors, of 16 bytes: see label_vectors.tables.
        tables = np.zeros((6, 8), "i8"), np.zeros((6, 12), "i4"), np.zeros((6, 6), "i8")
        calls.append([x, y, labels, _origin(kind), *tables])
        expected.append(
            [[0] * 7]
            + [
                [n, *most]
                for *most, n in (
                    sums(x[labels == k], y[labels == k], _origin(kind))
                    for k in range(1, 6)
                )
            ]
        )
    summed = list(Loop(compiled["old"], f"labels_{kind}")(calls))
    assert all(fine for fine, _ in summed)
    whole = Loop(compiled["old"], "add_up")([arrays[3:] for _, arrays in summed])
    for (_, (table, words, longs)), wanted in zip(whole, expected, strict=True):
        assert table[:, :7].tolist() == wanted
        assert not words.any() and not longs.any()


@pytest.mark.slow
@needs_qemu
def test_a_label_that_is_no_row_is_told(compiled: dict[str, Compiled]) -> None:
    calls = []
    for size in (5, 100):
        for bad in (6, 65535):
            labels = np.ones(size, "u2")
            labels[-1] = bad
            x = np.zeros(size, "u1")
            tables = (
                np.zeros((6, 8), "i8"), np.zeros((6, 12), "i4"), np.zeros((6, 6), "i8")
            )  # fmt: skip
            calls.append([x, x, labels, 0, *tables])
    assert not any(fine for fine, _ in Loop(compiled["old"], "labels_uint8")(calls))


@pytest.mark.slow
@needs_qemu
@pytest.mark.parametrize(
    ("age", "name", "kind"),
    [
        ("old", "distances", "uint8"),
        ("new", "distances", "uint8"),
        ("old", "lower", "int16"),
    ],
)
def test_each_with_each_has_the_sums_of_numpy(
    compiled: dict[str, Compiled], age: str, name: str, kind: str
) -> None:
    random = np.random.default_rng(9)
    ends = np.iinfo(kind)
    calls, expected = [], []
    for pixels in (1, 15, 16, 4095, 4096, 4097, 9001):
        tile = random.integers(ends.min, ends.max, (5, pixels), kind, True)
        tile[:2] = [[ends.min], [ends.max]]
        calls.append([tile, 0, 5, np.zeros((5, 5), "i8")])
        wide = tile.astype(np.int64)
        sums_of = np.array(
            [
                [
                    (abs(a - b) if name == "distances" else np.minimum(a, b)).sum()
                    for b in wide
                ]
                for a in wide
            ]
        )
        expected.append(np.triu(sums_of, 1))
    for (_, arrays), wanted in zip(
        Loop(compiled[age], name)(calls), expected, strict=True
    ):
        assert arrays[-1].tolist() == wanted.tolist()
