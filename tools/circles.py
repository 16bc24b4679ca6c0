"""Count import circles: between files, and between wings; late imports, too.

Every `import` of src/similij counts, wherever it stands: at the top, in a function, or
for types only. A circle is a set of files (or wings) each of which leads to all others.
Exit code 1 where there is one. import-linter keeps the same rule in `make lint`; this
counts it a second way, from the syntax trees alone.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src"


def modules() -> dict[str, Path]:
    """Every module by its dotted name."""
    return {
        ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(
            ".__init__"
        ): path
        for path in sorted(SOURCE.rglob("*.py"))
    }


def imports(name: str, path: Path, known: Mapping[str, Path]) -> Iterator[str]:
    """Modules that a module imports, by their dotted names."""
    package = name.split(".") if path.stem == "__init__" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            whole = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            for alias in node.names:
                inner = f"{whole}.{alias.name}"
                if inner in known:
                    yield inner
                elif whole in known:
                    yield whole


def circles(arrows: Mapping[str, set[str]]) -> list[list[str]]:
    """Find sets of two or more nodes that all lead to each other (Tarjan)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    result: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in arrows[node]:
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            place = stack.index(node)
            if len(stack) - place > 1:
                result.append(sorted(stack[place:]))
            del stack[place:]

    for node in arrows:
        if node not in index:
            visit(node)
    return result


def wing_of(module: str) -> str:
    """First two names: `similij.metrics.ranks` is of `similij.metrics`."""
    return ".".join(module.split(".")[:2])


def main() -> int:
    """Print how many circles there are, and each; return 1 if there is one."""
    known = modules()
    files = {
        name: {*imports(name, path, known)} - {name} for name, path in known.items()
    }
    wings: dict[str, set[str]] = {wing_of(name): set() for name in files}
    for name, others in files.items():
        wings[wing_of(name)] |= {wing_of(other) for other in others} - {wing_of(name)}
    count = 0
    for what, arrows in (("files", files), ("wings", wings)):
        lines = circles(arrows)
        count += len(lines)
        number = sum(map(len, arrows.values()))
        print(f"{len(lines)} circles between {what} ({len(arrows)}, {number} imports)")
        for line in lines:
            print("  " + ", ".join(line))
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
