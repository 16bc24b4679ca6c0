"""The wing of preparation."""
