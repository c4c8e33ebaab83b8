"""``clipsearch watch`` as a process: what it prints, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import COLOURS
from tests.core.watching import wait_until

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no SIGTERM there")

_SCRIPT = """
import sys
from clipsearch.cli import Launchers, main
from clipsearch.core import library
from tests.conftest import FakeModel
library.load_encoder = lambda name, settings: FakeModel()
sys.exit(main(Launchers(window=lambda *_: 0, tour=lambda *_: 0), sys.argv[1:]))
"""


class Watching:
    """A process that watches."""

    def __init__(self, *arguments: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _SCRIPT, "watch", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        self.printed: list[str] = []
        self.told: list[str] = []
        self._readers = [
            threading.Thread(target=lambda: self.printed.extend(self.process.stdout or ())),
            threading.Thread(target=lambda: self.told.extend(self.process.stderr or ())),
        ]
        for reader in self._readers:
            reader.start()
        wait_until(lambda: any("Watching" in line for line in self.told))

    def end(self, by: signal.Signals) -> int:
        self.process.send_signal(by)
        code = self.process.wait(20)
        self.close()
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for reader in self._readers:
            reader.join()
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()


@pytest.fixture
def watching(colour_photos: Path) -> Iterator[Watching]:
    process = Watching(colour_photos)
    yield process
    process.close()


def draw(path: Path) -> None:
    Image.new("RGB", (77, 20), COLOURS["red"]).save(path)


def test_it_prints_a_line_for_each_batch_and_ends_cleanly(
    watching: Watching, colour_photos: Path
) -> None:
    draw(colour_photos / "new.png")
    wait_until(lambda: any(line.endswith(" 1 added\n") for line in watching.printed))
    (colour_photos / "new.png").unlink()
    wait_until(lambda: any(line.endswith(" 1 removed\n") for line in watching.printed))
    assert watching.end(signal.SIGINT) == 0
    assert watching.printed[0].endswith(" 6 added\n")
    assert "".join(watching.told) == "Watching for changes; Ctrl+C ends it.\n"


def test_json_is_one_document_at_the_end(colour_photos: Path) -> None:
    watching = Watching(colour_photos, "--json")
    try:
        (colour_photos / "bad.jpg").write_bytes(b"\xff\xd8\xff no")
        wait_until(lambda: any("bad.jpg" in line for line in watching.told))
        draw(colour_photos / "new.png")
        wait_until(lambda: any(line.endswith(" 1 added\n") for line in watching.told))
        assert watching.end(signal.SIGTERM) == 0
    finally:
        watching.close()
    document = json.loads("".join(watching.printed))
    (skipped,) = document.pop("skipped")
    assert skipped["path"] == str(colour_photos / "bad.jpg")
    assert document.pop("batches") >= 2
    assert document == {"added": 7, "changed": 0, "moved": 0, "removed": 0, "notices": []}
