"""Write the bills of materials of a release: what it is made of, by name and version.

`python tools/bill.py dist` writes two files in the form of CycloneDX: of the Python
package with all extras, at the versions that it is tested with (`constraints.txt`), by
cyclonedx-bom; and of the jar with the libraries it calls, by the plugin of Maven. Both
say the same whenever they are written of the same files.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pins
from similij.ground.version import __version__

PLUGIN = "org.cyclonedx:cyclonedx-maven-plugin:2.9.3:makeBom"


def of_python(target: Path) -> None:
    """Write the bill of the Python package."""
    users = pins.TESTED.read_text(encoding="utf-8").partition(pins.FOR_TESTS)[0]
    command = [
        *(sys.executable, "-m", "cyclonedx_py", "requirements", "-"),
        *("--pyproject", str(pins.ROOT / "pyproject.toml"), "--mc-type", "library"),
        *("--output-reproducible", "--spec-version", "1.6", "--of", "JSON"),
        *("--output-file", str(target)),
    ]
    subprocess.run(command, input=users, text=True, check=True)
    bill = json.loads(target.read_text(encoding="utf-8"))
    for component in bill["components"]:
        # The index that the tool takes for granted, and the line of our list.
        del component["externalReferences"], component["description"]
    write(bill, target)


def of_jar(target: Path) -> None:
    """Write the bill of the jar: of the libraries that it calls, none is in it."""
    command = ["mvn", "-q", "-B", PLUGIN, "-DincludeTestScope=false"]
    command += ["-DincludeProvidedScope=true", "-DschemaVersion=1.6"]
    command += ["-DoutputFormat=json", "-DoutputName=bill"]
    subprocess.run(command, cwd=pins.ROOT / "plugin", check=True)
    bill = json.loads(
        (pins.ROOT / "plugin" / "target" / "bill.json").read_text(encoding="utf-8")
    )
    # When and as which copy it was written says nothing of what is in it.
    bill.pop("serialNumber", None)
    bill["metadata"].pop("timestamp", None)
    write(bill, target)


def write(bill: dict[str, Any], target: Path) -> None:
    """Write a bill, the same whenever it has the same entries."""
    text = json.dumps(bill, indent=2, sort_keys=True) + "\n"
    target.write_text(text, encoding="utf-8")


def main(folder: Path) -> None:
    """Write both."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in (("similij", of_python), ("Image_Similarity", of_jar)):
        target = folder / f"{name}-{__version__}.cdx.json"
        make(target)
        print(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
