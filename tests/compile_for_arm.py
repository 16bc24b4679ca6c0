"""Compile the loops in whole vectors for ARM, on any processor.

    python tests/compile_for_arm.py FOLDER      NUMBA_CPU_NAME says for which

A program and not a module: numba asks for the processor when it is imported, and is
told another one here. It then goes its whole way from Python to machine code, but for
the last step, to call what it made. Writes for each loop the object NAME.o, and the
assembly for Linux, NAME.s, and for macOS, NAME.apple.s; and names.json, which says what
each loop is called in its object.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm

LINUX, APPLE = "aarch64-unknown-linux-gnu", "arm64-apple-darwin"

NO_TARGET = 77
"""Exit code where LLVM was built without ARM."""


def loops() -> dict[str, tuple[Any, tuple[Any, ...]]]:
    """Return the loops and what they are compiled for, by name."""
    from numba import types

    from similij.moments.kernels import all_pairs, label_vectors, plain, simd, vectors

    assert simd.BYTES == 16, simd.BYTES

    def pixels(kind: str) -> Any:
        return types.Array(getattr(types, kind), 1, "C", readonly=True)

    def table(kind: Any, axes: int = 1) -> Any:
        return types.Array(kind, axes, "C")

    masks = {"": types.none, "_masked": pixels("uint8")}
    number, sums = types.int64, table(types.int64)
    tables = table(types.int64, 2), table(types.int32, 2), table(types.int64, 2)
    found: dict[str, tuple[Any, tuple[Any, ...]]] = {}
    for kind in ("uint8", "uint16", "int16"):
        x = pixels(kind)
        loop = vectors.sums_8bit if kind == "uint8" else vectors.sums_16bit
        for name, mask in masks.items():
            found[f"sums_{kind}{name}"] = loop, (x, x, mask, number, sums)
    for kind, labels in (("uint8", "uint16"), ("uint16", "int32"), ("int16", "int64")):
        x, named = pixels(kind), pixels(labels)
        arguments = (x, x, named, number, *tables)
        found[f"labels_{kind}"] = label_vectors.integer_sums, arguments
    found["add_up"] = label_vectors.add_up_all, tables
    where = number, number, table(types.int64, 2)
    found["distances"] = all_pairs.distances_8bit, (table(types.uint8, 2), *where)
    found["lower"] = all_pairs.lower_16bit, (table(types.int16, 2), *where)
    floats = pixels("float32")
    real = types.float64
    arguments = (floats, floats, pixels("uint8"), real, real, table(real))
    found["floats"] = plain._float_block, arguments
    return found


def write(name: str, loop: Any, signature: tuple[Any, ...], folder: Path) -> str:
    """Compile a loop, and return what it is called in its object."""
    from numba.core.registry import cpu_target

    loop.compile(signature)
    made = loop.overloads[signature]
    module = made.library._final_module
    machine = cpu_target.target_context.codegen()._tm
    folder.joinpath(f"{name}.o").write_bytes(machine.emit_object(module))
    folder.joinpath(f"{name}.s").write_text(machine.emit_assembly(module))
    apple = llvm.Target.from_triple(APPLE).create_target_machine("apple-m1", opt=3)
    module = llvm.parse_assembly(str(module))
    module.triple, module.data_layout = APPLE, str(apple.target_data)
    folder.joinpath(f"{name}.apple.s").write_text(apple.emit_assembly(module))
    return str(made.fndesc.llvm_func_name)


def main() -> None:
    """Compile all of them, or those named."""
    folder, *wanted = sys.argv[1:]
    try:
        llvm.initialize_all_targets()
        llvm.initialize_all_asmprinters()
        llvm.Target.from_triple(LINUX)
    except RuntimeError as error:
        print(error)
        sys.exit(NO_TARGET)
    llvm.get_process_triple = llvm.get_default_triple = lambda: LINUX
    names = {
        name: write(name, *what, Path(folder))
        for name, what in loops().items()
        if not wanted or name in wanted
    }
    Path(folder, "names.json").write_text(json.dumps(names))


if __name__ == "__main__":
    main()
