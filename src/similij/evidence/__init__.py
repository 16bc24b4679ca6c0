"""The wing of evidence."""
