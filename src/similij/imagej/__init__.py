"""Everything that knows Java."""
