"""Say what an image is: its pixels, its axes by name, its calibration, its file.

`door` makes an `Image` of whatever comes in (a path, an array, an image of ImageJ), and
everything below takes that: nobody looks at a file or guesses an axis again. `formats`
reads files, a module each; `axes` names axes once, `color` says how colour images are
compared, `calibration` how large a pixel is; `pair` brings two images side by side, and
`planes` says which of their planes go together. The wing may import `ground` only and
stands beside `moments`, of which it knows nothing: nothing here computes, and nothing
copies pixels that it need not copy. So the refusals that a user meets first are in one
place, and a new file format is a module in `formats` and no change elsewhere.
"""
