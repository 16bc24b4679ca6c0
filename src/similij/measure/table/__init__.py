"""The wing of measure.table."""
