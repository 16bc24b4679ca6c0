"""The wing of matrix."""
