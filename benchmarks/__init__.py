"""A command for every figure that the README or a note quotes."""
