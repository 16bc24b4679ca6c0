"""Whether chance explains a likeness, and how sure a number is.

`significance` and `more_alike` are the two questions; `metrics` gives the answers of
the first as metrics by name, region by region. Both stand on one `Sample`
(`effective_size`), which knows how far neighbouring pixels are alike (`autocovariance`)
and cuts the region into resampling blocks of that size (`resampling`); `chance` makes p
and intervals from it, with `shuffling` and `studentised`.

The wing may import `metrics`, `images`, `moments` and `ground`. It does not know
`measure`, so that a table can ask for its numbers as for any other metric's, and it
does not know `spatial` or `preparation`, which answer other questions about the same
pixels. It is a wing of its own because all of it needs SciPy, which the three metrics
do without, and because its claims are of another kind: they are right in so many of a
hundred samples, which bench/calibration.py counts and docs/significance.md reports.
"""
