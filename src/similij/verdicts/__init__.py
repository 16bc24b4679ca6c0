"""What two images mean together, in words: brighter, moved, blurred, other content.

`verdict` is the way in. Below it: `noise` estimates each image's noise, `start_of_fit`
finds about where image 1 goes and which blocks show the same, `fit` explains image 2 by
image 1 in one least-squares fit, `brightness` keeps the fewest changes of light that
do, `findings` puts them together as numbers, `rules` holds every threshold with its
reason, and `sentences` turns findings into clauses. `of_results` gives rows of a table
their verdicts.

A block here is 16×16 pixels, the unit by which content agrees or differs, and what the
sentences mean by the word.

The wing may import `spatial` (the search that a start is taken from, and what moves an
image), `metrics`, `images`, `moments` and `ground`. It is a wing of its own, and below
`measure`, because a verdict is an estimate with thresholds, where `metrics` are exact
numbers: nothing that a table counts may depend on one.
"""
