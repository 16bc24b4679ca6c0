"""Read images of files: one module for each format, behind one function each.

A format is a module with `open_image(path, wanted)` that returns an `Image`: of itself,
whole, as ImageJ opens it, or an `ImageError` in one sentence. It looks at what the file
announces before it takes memory, refuses what is not all there, and says in the image's
provenance how the values were made and what is odd. `choose` tells which module a file
belongs to, by its content and not by its name; `alike` spares all of this a TIFF that
is, but for its pixels, one that was read before. A new format is a module here, a line
in `choose`, and no change elsewhere.
"""
