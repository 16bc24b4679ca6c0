"""SimilIJ."""
