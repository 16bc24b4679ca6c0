"""Sum two arrays of pixels into moments: exact, mergeable, in one read of both.

Every number that SimilIJ gives begins here. `of_arrays.moments` sums two arrays,
`of_labels` each label of them in the same walk, and `windows` what lies in a window
about each pixel; the sums of two parts merge into those of the whole, so that blocks,
planes and machines can each do a share. Beside them are what moments cannot say: exact
percentiles, extremes and joint histograms. The wing may import `ground` only. It knows
arrays and types of pixels, and neither images, regions nor metrics: what is exact, fast
and safe on threads can so be tested without any of them. `kernels` holds the compiled
loops, apart from the code that gives their sums a meaning.
"""
