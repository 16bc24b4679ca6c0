"""Draw the pictures of a run: of planes that come one at a time, as files.

`draw` makes them of two images; an `album` takes planes from wherever they come, which
is how ImageJ and batches make theirs, and `channel_pair` holds what it counts of each
pair of channels. `kinds` names the pictures and says where one makes no sense.
`map_files` keeps maps on disk until all planes have come, `imagej_tiff` and `map_sheet`
write them for ImageJ and for reading, `local_maps` adds the least similar places, and
`matrix_files` writes what a comparison of each with each leaves.

These are a package of their own in `plot` since they are files with names that users
rely on, made within bounded memory, where the rest of `plot` returns figures. They may
import `plot` and what it may; `plot` does not import them.
"""
