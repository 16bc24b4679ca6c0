"""Say where two images differ, and how far one is shifted against the other.

`maps` maps a metric over two images in a sliding window and lists the least similar
places; `shift` finds the shift at which R is highest, with `shift_search` and
`correlation_peak` behind it, and `shift_metrics` registers the same numbers as metrics
of a region. The wing may import `ground`, `images`, `moments`, `metrics` and `regions`;
it stands beside `preparation` and `evidence`, since a place or a shift is a result of
its own and no other metric is made of it. Nothing is aligned here unless somebody asks.
"""
