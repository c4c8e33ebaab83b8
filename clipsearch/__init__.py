"""clipsearch: private photo search for the desktop. Importing this package loads nothing heavy."""

import os

__version__ = "0.1.0"

# NumPy's threads go on turning for a while after each product, and hold up torch's, which embed
# the next query: searches took ten times as long now and then. Read when NumPy is loaded.
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")
