"""Where ImageJ comes from: class path, JVM. (Grows below.)"""

from pathlib import Path

COORDINATES = (
    "net.imagej:ij:1.54p",
    "net.imagej:ij1-patcher:2.0.0",
    "org.scijava:scijava-common:2.100.1",
    "org.apposed:appose:0.9.0",
    "net.java.dev.jna:jna:5.14.0",  # or an older one wins, without shared memory
)


def class_path() -> list[Path]:
    """Jars of the embedded ImageJ, from Maven coordinates, cached on disk."""
    import jgo

    resolver = jgo.maven.PythonResolver(lenient=True)
    environment = jgo.build("+".join(COORDINATES), resolver=resolver)
    return [
        jar
        for folder in (environment.jars_dir, environment.modules_dir)
        if folder.is_dir()
        for jar in sorted(folder.glob("*.jar"))
    ]
