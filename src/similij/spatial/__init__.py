"""Say where two images differ, at which size of detail, and how far one is shifted.

`maps` maps a metric over two images in a sliding window and lists the least similar
places; `shift` finds the shift at which R is highest, with `shift_search` and
`correlation_peak` behind it; `align` moves image 2 by what it finds, with `motion`
(by what), `motion_fit` (how sure), `turn_search` and `pose` behind it, of which the
last two serve a verdict's fit, too; `frc` correlates them by the size of detail, with
`fourier_rings` behind it; `shift_metrics` and `frc_metrics` register the same numbers
as metrics of a region. The wing may import `ground`, `images`, `moments`, `metrics` and
`regions`; it stands beside `preparation` and `evidence`, since a place or a shift is a
result of its own and no other metric is made of it. Nothing is aligned here unless
somebody asks.
"""
