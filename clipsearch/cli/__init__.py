"""The command line: the same core as the window, without Qt."""

from clipsearch.cli.main import Launchers, main

__all__ = ["Launchers", "main"]
