"""`python -m similij`."""

from .cli import main

main()
