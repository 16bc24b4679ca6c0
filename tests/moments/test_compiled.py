"""Nothing is compiled in the middle of work; a first answer imports what it needs."""

from __future__ import annotations

from itertools import product

import dask.array as da
import numpy as np
import pytest
from numba.core.caching import FunctionCache

from similij import compare
from similij.measure.warm_up import warm_up
from similij.moments.kernels import choice
from similij.moments.kernels import compiled as _compiled
from support import run_python

TYPES = ("?", "u1", "i1", "u2", "i2", ">u2", "u4", "i4", "u8", "i8", "f2", "f4", "f8")


def compiled_so_far() -> dict[str, int]:
    from similij.moments.kernels import labels as _labelkernels
    from similij.moments.kernels import plain as _kernels

    modules = [_kernels, _labelkernels]
    if choice.vector_loops() is not None:
        from similij.moments.kernels import label_vectors as _labelvectors
        from similij.moments.kernels import vectors as _vectorkernels

        modules += [_labelvectors, _vectorkernels]
        from similij.moments.kernels import rows as _rowkernels

        modules.append(_rowkernels)
    return {
        f"{module.__name__}.{name}": len(loop.signatures)
        for module in modules
        for name, loop in vars(module).items()
        if hasattr(loop, "signatures")
    }


@pytest.mark.slow
def test_after_the_warm_up_nothing_is_compiled() -> None:
    warm_up()
    before = compiled_so_far()
    assert sum(before.values()) > 20
    random = np.random.default_rng(1)
    shape = (700, 800)  # enough for two threads
    labels = random.integers(0, 9, shape)
    inside = random.random(shape) < 0.5
    large = {t: (random.random(shape) * 100).astype(t) for t in TYPES}
    small = {t: large[t][:40, :50] for t in TYPES}
    for a, b in product(TYPES, TYPES):
        compare(small[a], small[b], rescale="percentile")
    for t in TYPES:
        x = large[t]
        frozen = x[::-1].copy()
        frozen.flags.writeable = False
        compare(x, frozen)
        compare(np.asfortranarray(x), frozen, mask=inside[0])
        compare(x[:, 50:], frozen[:, 50:])
        compare(x[:, 50:], frozen[:, 50:], mask=inside[:, 50:])
        compare(da.from_array(x, (300, 300)), frozen, regions=labels)
        for kind in ("u1", "i2", "i4", ">i4", "u8", "f4"):
            compare(small[t], frozen[:40, :50], regions=labels[:40, :50].astype(kind))
        found = labels[:40, :50] + (1 << 40)
        compare(small[t], frozen[:40, :50], regions=found, mask=inside[:40, :50])
    assert compiled_so_far() == before


def test_where_nothing_can_be_kept_it_is_compiled_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nowhere(self: object, function: object) -> None:
        raise RuntimeError("cannot cache function: no locator available")

    monkeypatch.setattr(FunctionCache, "__init__", nowhere)

    @_compiled.compiled()
    def twice(x):  # type: ignore[no-untyped-def]
        return x + x

    assert twice(21) == 42


def test_a_first_answer_imports_only_what_it_needs() -> None:
    code = """
import sys
import similij, similij.imagej.worker
import numpy as np
similij.compare(np.eye(9), np.eye(9))
heavy = {"xarray", "pandas", "dask", "matplotlib", "skimage", "tifffile", "roifile",
          "typer", "rich", "PIL", "imagecodecs", "scyjava", "jpype", "jinja2"}
print(sorted(heavy & set(sys.modules)))
"""
    assert run_python(code).strip() == "[]"
