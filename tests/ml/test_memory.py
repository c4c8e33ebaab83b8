"""Memory that was freed leaves the process."""

import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from clipsearch.ml.memory import give_back


@pytest.mark.skipif(sys.platform != "linux", reason="other C libraries do so by themselves")
def test_what_a_thread_has_freed_goes_back_to_the_system() -> None:
    process = psutil.Process()
    kept: list[bytearray] = []

    def scatter() -> None:
        # Blocks too small to be mapped by themselves, of which every thousandth stays.
        blocks = [bytearray(4096) for _ in range(50_000)]
        kept.extend(blocks[::1000])

    thread = threading.Thread(target=scatter)
    thread.start()
    thread.join()
    before = process.memory_info().rss
    give_back()
    assert before - process.memory_info().rss > 100e6
    assert len(kept) == 50


def test_the_collector_passes_over_what_stays_and_models_are_freed_all_the_same(
    tiny_model: Path,
) -> None:
    """In a process of its own, whose objects are to be counted."""
    script = (
        "import gc, sys, weakref\n"
        "from PIL import Image\n"
        "from clipsearch.ml.encoder import Encoder\n"
        "encoder = Encoder(sys.argv[1])\n"
        "encoder.encode_texts(['a cat'])\n"
        "encoder.encode_images([Image.new('RGB', (32, 32))])\n"
        "assert gc.get_freeze_count() > 100_000, gc.get_freeze_count()\n"
        "assert len(gc.get_objects()) < 20_000, len(gc.get_objects())\n"
        "model = weakref.ref(encoder._running.loaded.model)\n"
        "encoder.unload()\n"
        "assert model() is None\n"
    )
    command = [sys.executable, "-c", script, str(tiny_model)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
