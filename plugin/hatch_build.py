"""Put the ImageJ jar and the macros into the wheel, but not into an editable one."""

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class JarHook(BuildHookInterface):  # type: ignore[type-arg]
    """Build the jar with Maven where it is not built yet, and ship it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the jar and the macros, unless this is an editable install."""
        if version == "editable":
            return
        root = Path(self.root)
        plugin = root / "plugin"
        name = f"Image_Similarity-{self.metadata.version}"
        # Always: a jar that lies there may be older than its sources.
        build = ["mvn", "-q", "-B", "-DskipTests", "package"]
        subprocess.run(build, cwd=plugin, check=True)
        include = build_data["force_include"]
        # Without what only an ImageJ that has no Python needs, the package once more as
        # a wheel, and without the pictures of the docs, which are larger than all else
        # together: the wheel has 1.3 MB, and had 6.0 with both, the pictures twice.
        jar = plugin / "target" / f"{name}-in-wheel.jar"
        include[str(jar)] = f"similij/imagej/jars/{name}.jar"
        include[str(root / "CITATION.cff")] = "similij/CITATION.cff"
        for page in sorted((root / "docs").glob("*.md")):
            include[str(page)] = f"similij/docs/{page.name}"
        for macro in sorted((root / "macros").glob("*.ijm")):
            include[str(macro)] = f"similij/imagej/macros/{macro.name}"
