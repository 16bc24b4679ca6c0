"""The wing of spatial."""
