"""Offer SimilIJ in napari: a widget over the public functions, and its manifest.

Only this wing knows napari, which is an extra; nothing here computes. What napari is
told of it stands in `napari.yaml`, which it reads without importing anything.
"""
