"""The wing of plot.pictures."""
