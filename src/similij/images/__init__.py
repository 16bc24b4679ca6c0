"""Say what an image is: its pixels, its axes by name, its calibration, its file.

`pair` brings two images of any kind side by side, `planes` says which of their planes
go together, `calibration` how large a pixel is; `files` reads images whole,
`lazy_files` and `ome_zarr` open those that are larger than memory. The wing may import
`ground` only and stands beside `moments`, of which it knows nothing: nothing here
computes, and nothing copies pixels that it need not copy. So the refusals that a user
meets first are in one place, and a new file format is a module here and no change
elsewhere.
"""
