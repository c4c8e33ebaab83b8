"""Runs ExifTool, which alone writes into photos: clipsearch has no writer of its own for them.

Source: exiftool.org, "Application Documentation".
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from clipsearch.errors import InputError

HOW_TO_GET_IT = (
    "install ExifTool (Debian, Ubuntu: libimage-exiftool-perl; Fedora: perl-Image-ExifTool; "
    "macOS: brew install exiftool; Windows: exiftool.org)"
)
_SECONDS, _SECONDS_PER_FILE = 60, 20
_MARK = re.compile(r"^\{end (\d+)\}$", re.MULTILINE)


class ExifTool:
    """The program as it is installed."""

    def __init__(self, program: str) -> None:
        """Use a program; `find` looks for it."""
        self._program = program

    @classmethod
    def find(cls) -> "ExifTool":
        """Look for the program.

        Raises:
            InputError: It is not installed.
        """
        program = shutil.which("exiftool")
        if program is None:
            raise InputError(
                "Words are written into photos by the program ExifTool, which is not installed: "
                f"{HOW_TO_GET_IT}, or write sidecars."
            )
        return cls(program)

    def embed(self, packets: Sequence[tuple[Path, bytes]]) -> list[str | None]:
        """Put an XMP packet into each of some files instead of their own; one process for all.

        Args:
            packets: Absolute path of a file, and what is to stand in it.

        Returns:
            For each file ``None``, or why it was refused.
        """
        with TemporaryDirectory(prefix="clipsearch-") as folder:
            for number, (_, packet) in enumerate(packets):
                (Path(folder) / f"{number}.xmp").write_bytes(packet)
            lines = [
                line for n, (path, _) in enumerate(packets) for line in _arguments(n, str(path))
            ]
            try:
                told = self._run(lines, Path(folder), _SECONDS + _SECONDS_PER_FILE * len(packets))
            except subprocess.TimeoutExpired:
                return ["ExifTool did not come to an end"] * len(packets)
        return list(_refusals(told, packets))

    def _run(self, lines: Sequence[str], folder: Path, limit_s: float) -> str:
        # No shell, and nothing of the user's configuration: that would be a program of its own.
        done = subprocess.run(
            [self._program, "-config", "", "-@", "-"],
            input=os.fsencode("\n".join(lines)),
            capture_output=True,
            cwd=folder,
            timeout=limit_s,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        return done.stderr.decode(errors="replace").replace("\r\n", "\n")


def _arguments(number: int, path: str) -> Iterator[str]:
    """One file's lines of the argument file."""
    if "\n" not in path and "\r" not in path:  # They would part the path.
        yield from ("-q", "-charset", "filename=utf8", f"-XMP<={number}.xmp")
        yield from ("-overwrite_original", path)
    yield from ("-echo4", f"{{end {number}}}", "-execute")


def _refusals(told: str, packets: Sequence[tuple[Path, bytes]]) -> Iterator[str | None]:
    parts = _MARK.split(told)
    of_number = dict(zip(map(int, parts[1::2]), parts[0::2], strict=False))
    for number, (path, _) in enumerate(packets):
        if number not in of_number:
            yield "ExifTool stopped before it"
            continue
        lines = [line.strip() for line in of_number[number].splitlines()]
        errors = [line for line in lines if line and not line.startswith("Warning")]
        yield _in_words(errors[0], path) if errors else None


def _in_words(error: str, path: Path) -> str:
    reason = error.removeprefix("Error: ").removesuffix(f" - {path}")
    return f"ExifTool refuses it ({reason.rstrip('.')})"
