"""Compare two images: from a question to the table that answers it.

`question` reads what is asked, once; `engine` brings the planes together that belong
together; a `tally` takes their blocks, region by region (`region_tally`) and label by
label (`label_tally`), and gives the rows; `table` holds them. Images that are larger
than memory go through `by_blocks`, which reads and sums them in `blocks`, on any number
of workers; `estimate` draws some of those blocks. The wing may import all below it:
`verdicts`, `preparation`, `spatial`, `evidence`, `metrics`, `regions`, `images`,
`moments`, `ground`. It is the one place where they meet: whoever compares, `compare`,
a batch, all pairs or ImageJ, asks with a `Question` and is answered by this engine, so
that a region, a NaN or a note is the same everywhere.
"""
