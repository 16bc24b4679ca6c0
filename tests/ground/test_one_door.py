"""Nobody but `ground.writing` opens a file to write, removes or renames one.

Read from the source, so that the door stays closed: a call that could write is one
that goes to a part which `whole_file` has made, or it stands in the list below.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from support import ROOT

SOURCE = ROOT / "src" / "similij"
DOOR = SOURCE / "ground" / "writing.py"

METHODS = {
    *("write_text", "write_bytes", "touch", "unlink", "rename", "rmdir", "mkdir"),
    *("symlink_to", "hardlink_to", "chmod", "savefig", "to_netcdf", "to_parquet"),
    *("to_csv", "to_excel", "to_pickle", "to_json", "to_zarr", "tofile", "imwrite"),
    *(
        "imsave",
        "write_table",
        "ParquetWriter",
        "TiffWriter",
        "extractall",
        "to_hdf",
    ),
}
OF_MODULES = {
    "os": {
        *("open", "replace", "rename", "renames", "unlink", "remove", "rmdir", "mkdir"),
        *("makedirs", "removedirs", "truncate", "mkfifo", "mknod", "symlink", "link"),
        *("chmod", "chown", "fdopen"),
    },
    "shutil": {"copy", "copy2", "copyfile", "copytree", "move", "rmtree"},
    "np": {"save", "savez", "savez_compressed", "savetxt"},
    "tempfile": {
        *("TemporaryFile", "NamedTemporaryFile", "SpooledTemporaryFile", "mkstemp"),
        *("TemporaryDirectory", "mkdtemp", "mktemp"),
    },
}

ALLOWED = {
    # What stands in the way of a table, and of one that is known to be ours.
    "batch/results_file.py arrange: unlink": "our own new table, by its journal",
    "batch/results_file.py _go_on: unlink": "our own new table, by its journal",
    "batch/journal.py sync_folder: os.open": "a folder, to read",
    "cli/__init__.py main: os.open": "the null device, for what a closed pipe missed",
    "imagej/install.py _take_out: unlink": "the record of what was added",
    "imagej/install.py _removed: unlink": "what the record lists, by its checksum",
    "imagej/pulse.py begin: unlink": "a name of shared memory that ImageJ made",
    "imagej/worker.py _attach: unlink": "a name of shared memory that ImageJ made",
    "moments/kernels/loop_cache.py drop: unlink": "a damaged file of our own cache",
    "images/formats/npy.py open_npz: open": "an entry of an archive, to read",
    "measure/table/places.py write_places: unlink": "a table that begins as ours does",
    "plot/shown.py _repr_png_: savefig": "a picture in memory",
    "plot/shown.py savefig: savefig": "what a user calls of a figure, as matplotlib's",
    "plot/shown.py write: savefig": "where style.save says, within whole_file",
    "measure/table/parquet.py write_parquet: write_table": "its writer has a part",
    "images/door.py from_xarray: rename": "dimensions of an array",
    "report/colors.py png: save": "a picture in memory",
}


def writes(call: ast.Call) -> str | None:
    """Name what a call would do to a file, if anything."""
    function = call.func
    if isinstance(function, ast.Name):
        if function.id == "open" and mode(call, 1) != "r":
            return "open"
        return function.id if function.id in METHODS | {"FileIO"} else None
    if not isinstance(function, ast.Attribute):
        return None
    name, owner = function.attr, function.value
    if isinstance(owner, ast.Name) and name in OF_MODULES.get(owner.id, ()):
        return f"{owner.id}.{name}"
    if name == "open":
        # `zarr.open(path, mode="r")` and the like have the path first, `path.open()`
        # has the mode there.
        if isinstance(owner, ast.Name) and owner.id in LIBRARIES:
            return None if mode(call, 1, "a") == "r" else "open"
        return None if mode(call, 0) == "r" else "open"
    if name == "ZipFile":
        return None if mode(call, 1) == "r" else "ZipFile"
    if name == "memmap":
        return None if mode(call, 2, "r+") in {"r", "c"} else "memmap"
    if name == "save" and call.args:
        return "save"
    if name == "to_csv" and not call.args:
        return None  # returns a text
    if name == "replace":  # of a text it has two arguments, of a dataclass names
        return "replace" if len(call.args) == 1 and not call.keywords else None
    return name if name in METHODS else None


LIBRARIES = {"zarr", "h5py"}
"""Their `open` has the path first, and writes where no mode is given."""


def mode(call: ast.Call, place: int, usual: str = "r") -> str:
    """Return the first letter of a call's mode: of what is not known, "?"."""
    given = [k.value for k in call.keywords if k.arg == "mode"] + call.args[place:]
    word = given[0] if given else ast.Constant(usual)
    if not isinstance(word, ast.Constant) or not isinstance(word.value, str):
        return "?"
    return "+" if "+" in word.value else word.value[0]


def parts(node: ast.With) -> set[str]:
    """Return the names of the parts that a `with` has `whole_file` make."""
    return {
        item.optional_vars.id
        for item in node.items
        if isinstance(item.context_expr, ast.Call)
        and isinstance(item.context_expr.func, ast.Name)
        and item.context_expr.func.id in {"whole_file", "whole_folder"}
        and isinstance(item.optional_vars, ast.Name)
    }


def of_part(call: ast.Call, safe: set[str]) -> bool:
    """Whether a call goes to a part: it is its owner, or the first argument."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    near = [owner, *call.args[:1]]
    return any(isinstance(node, ast.Name) and node.id in safe for node in near)


def outside(
    node: ast.AST, safe: set[str], where: str = "module"
) -> Iterator[tuple[str, str, int]]:
    """Yield the function, the call and the line of all that does not go to a part."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        where, safe = node.name, {*safe}
    if isinstance(node, ast.With):
        safe = safe | parts(node)
    if isinstance(node, ast.Assign) and "enter_context(whole_file(" in ast.unparse(
        node.value
    ):
        safe |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    does = writes(node) if isinstance(node, ast.Call) else None
    if isinstance(node, ast.Call) and does is not None and not of_part(node, safe):
        yield where, does, node.lineno
    for child in ast.iter_child_nodes(node):
        yield from outside(child, safe, where)


def test_every_file_is_written_through_one_door() -> None:
    unused, wrong = {*ALLOWED}, []
    for file in sorted(SOURCE.rglob("*.py")):
        if file == DOOR:
            continue
        name = file.relative_to(SOURCE).as_posix()
        for where, does, line in outside(ast.parse(file.read_text("utf-8")), set()):
            reason = f"{name} {where}: {does}"
            unused.discard(reason)
            if reason not in ALLOWED:
                wrong.append(f"{name}:{line} in {where}: {does}")
    assert wrong == []
    assert unused == set()


@pytest.mark.parametrize(
    "code",
    [
        'open("x", "w")', "open(x, mode)", 'path.open("ab")', 'path.open("r+b")',
        "path.write_text(x)", "os.replace(x, y)", "shutil.copyfile(x, y)",
        "table.to_csv(path)", "figure.savefig(path)", "path.replace(other)",
        'zipfile.ZipFile(path, "w")', "np.save(path, x)", "tempfile.mkdtemp()",
        "with whole_file(a) as part:\n    b.write_text(x)", 'np.memmap(p, t, "w+")',
        "zarr.open(path)", "picture.save(path)",
    ],
)  # fmt: skip
def test_the_search_sees_what_writes(code: str) -> None:
    assert [*outside(ast.parse(code), set())] != []


@pytest.mark.parametrize(
    "code",
    [
        "open(x)", 'open(x, "rb")', "path.open()", 'text.replace("a", "b")',
        "replace(image, pixels=x)", "table.to_csv(index=False)",
        "with whole_file(a) as part:\n    part.write_text(x)",
        "with whole_file(a) as part, part.open('w') as s:\n    pass",
        'zarr.open(path, mode="r")', 'np.memmap(p, t, "r")',
    ],
)  # fmt: skip
def test_the_search_lets_pass_what_does_not(code: str) -> None:
    assert [*outside(ast.parse(code), set())] == []
