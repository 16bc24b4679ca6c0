"""Keep SimilIJ under fire: damaged files, odd words, signals, kills, full disks.

A line of the table is a module or a function of one, which tries its numbers one by one
and tells of faults; what a number does follows from it and from the seed alone. `line`
has what they share (faults, the state, what is left behind), `kept` the processes that
try many numbers, `odd` the mutations, and `run` the command.

    make soak                                  all lines, until all are done
    python bench/soak --hours 2 --write        no longer than that; goes on next time
    python bench/soak --only shell --scale 0.01
    python bench/soak --replay shell 1234
"""
