"""Prepare pixels before they are compared: background off, blur, rescale; by choice.

`preparation` takes a background off whole images and blurs them, `rescale` brings the
pixels of a region to one scale for the metrics that do not ignore scale; `words` reads
what macros and the shell can say. Of the wings below, it needs `ground`, `images`,
`moments` and `regions`, and it knows no metric: it makes other pixels of pixels,
exactly where these are whole numbers, and says in a note what it did. Both can be asked
for plane by plane and block by block, which is why a value to subtract and a scale are
found in passes.
"""
