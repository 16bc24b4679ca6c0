"""The wing of ground."""
