"""The wing of verdicts."""
