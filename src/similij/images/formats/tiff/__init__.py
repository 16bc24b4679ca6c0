"""Read TIFF of any kind and name: plain, ImageJ, OME, STK, LSM, BigTIFF, pyramids.

`directory` reads what describes the pages; `pages`, `imagej` and `ome` tell which of
them are the image, `layout` where their bytes lie, `segments` reads those, `values`
says what the numbers mean, and `open` puts it together. Cut so because each of these
questions has answers of its own that were wrong by themselves: whose pages, which
bytes, what meaning. What is not all there is refused in each.
"""

from .open import open_image

__all__ = ["open_image"]
