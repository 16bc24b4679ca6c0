"""ImageJ and Python together: start it, register with it, convert its images.

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
