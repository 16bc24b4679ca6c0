"""The wing of moments.kernels."""
