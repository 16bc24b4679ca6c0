"""The wing of measure."""
