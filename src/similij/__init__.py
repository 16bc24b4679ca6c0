"""How alike are two images, and where do they differ.

Pearson R, RMSD and Mean Difference of two images or regions of them, exactly, in Python
and in ImageJ/Fiji.

>>> import numpy as np
>>> import similij
>>> similij.compare(np.array([10, 20, 30, 40]), np.array([10, 21, 32, 43])).rmsd ** 2
3.5
"""

import lazy_loader

# The names, and where each is, stand in __init__.pyi, where type checkers and editors
# look too; each is imported when it is first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
