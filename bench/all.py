"""All tables, one after the other: what `make bench` runs.

    python bench/all.py [--write]

Each is measured in a process of its own; it takes about half an hour. Nothing
else should run meanwhile: each table names the load of the machine.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TABLES = (
    *("compare", "cache", "kernels", "labels", "small", "peers", "imagej", "virtual"),
    *(
        "cold",
        "growth",
        "answers",
        "significance",
        "verdict",
        "batches",
        "resume",
        "pairwise",
    ),
    *("volumes", "scaling"),
)


def main() -> None:
    here = Path(__file__).parent
    failed = []
    for name in TABLES:
        print(f"\n{name}\n", flush=True)
        command = [sys.executable, str(here / f"{name}.py"), *sys.argv[1:]]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    if failed:
        raise SystemExit(f"Not measured: {', '.join(failed)}")


if __name__ == "__main__":
    main()
