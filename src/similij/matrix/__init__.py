"""Each of many images with each: which belong together, and which is the odd one out.

`pairwise` is the way in: a `stack` of images walks through them tile by tile,
`products` sums all pairs of a tile at once, `rescaled` does so for images at scales of
their own, and `all_pairs` decides which pairs need to be compared one by one after all.
`distances` draws the conclusions from the numbers: an order, a map, the odd ones.

The wing may import `measure` and what lies below it, as pairs that cannot go through a
product are measured by its engine, with the same question and the same rows. It does
not know `plot` or `report`, which show its results, nor `batch`, which compares
partners by name. It is a wing of its own since n images are n(n - 1)/2 pairs: reading
and summing must be shared between pairs, which nothing in `measure` does.
"""
