"""Import optional libraries where they are needed, and say what to install."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any


def needed(module: str, what: str, extra: str = "stats") -> Any:
    """Import an optional library.

    Parameters
    ----------
    module : str
        For example "scipy.ndimage".
    what : str
        What needs it, for the message.
    extra : str
        Under which name pip installs it with similij; "" if it comes by itself.

    Raises
    ------
    ModuleNotFoundError
        If it is not installed; the message says what to type.

    Examples
    --------
    >>> needed("math", "This example").sqrt(4)
    2.0
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        # A library that is there and lacks one of its own is broken, not missing: to
        # advise an installation would hide that.
        if (error.name or "").partition(".")[0] != package:
            raise
        raise ModuleNotFoundError(
            f"{what} needs {package}: {sys.executable} -m pip install "
            + (f"'similij[{extra}]'" if extra else package),
            name=package,
        ) from None
