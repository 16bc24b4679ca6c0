"""Join ImageJ and Python: start ImageJ, answer its commands, convert its images.

All that knows Java or an ImageJ folder is here. A message of ImageJ comes through
`embedded` (Python hosts its JVM) or `worker` (ImageJ started this process); both give
it to the one `handler`, which checks it against its type in `messages`. Behind that,
`plan` says which planes make which rows, `run`, `preparing` and `album` compare them as
they come, and `matrix` compares many images; none of these knows Java, so that they are
tested without one. `launch`, `jars` and `pixels` are for those who start from Python;
`install`, `doctor`, `demo` and `help_pages` set things up.

The wing may import every other one but `cli`, and none but `cli` may import it: a
comparison in Python alone must not need Java, nor wait for it.

>>> import similij.imagej
>>> ij = similij.imagej.start()  # doctest: +SKIP
>>> ij.run_macro('run("Image Similarity...", "")')  # doctest: +SKIP
"""

from __future__ import annotations

from .embedded import register
from .jars import jar
from .launch import ImageJ, MacroError, start
from .pixels import to_xarray

__all__ = ["ImageJ", "MacroError", "jar", "register", "start", "to_xarray"]
