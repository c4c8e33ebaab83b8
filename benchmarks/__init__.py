"""A command for every figure that the README or a note quotes."""

import clipsearch  # noqa: F401  before NumPy, whose threads it makes wait quietly
