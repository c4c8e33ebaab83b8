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


def test_the_collector_passes_over_modules_and_no_model(tiny_model: Path) -> None:
    """In a process of its own: it is done once, before the first model."""
    script = (
        "import gc, sys\n"
        "from clipsearch.ml.encoder import Encoder\n"
        "encoder = Encoder(sys.argv[1])\n"
        "encoder.encode_texts(['a cat'])\n"
        "import torch\n"
        "followed = gc.get_objects()\n"
        "assert gc.get_freeze_count() > 100_000, gc.get_freeze_count()\n"
        "assert any(isinstance(one, torch.nn.Module) for one in followed)\n"
        "assert len(followed) < gc.get_freeze_count()\n"
    )
    command = [sys.executable, "-c", script, str(tiny_model)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
