"""The wing of moments."""
