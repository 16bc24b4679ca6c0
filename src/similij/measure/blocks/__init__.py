"""The wing of measure.blocks."""
