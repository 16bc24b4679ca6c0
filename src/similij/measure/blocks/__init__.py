"""Read images part by part, and sum the parts: where to cut, what to sum, who does it.

A block is a part of both images that is read at a time. `plan` cuts along the chunks
that the images are stored in, `sums` reads a group of blocks and sums it, `workers`
says which threads, processes or machines run the groups, and `local_cluster` starts and
keeps those of this machine. Nothing here knows a tally, a row or a question: a group
and its sums travel between machines, and the less they carry, the less has to be alike
there. `measure.by_blocks`, above, puts them together.
"""
