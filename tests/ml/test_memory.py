"""Memory that was freed leaves the process."""

import sys
import threading

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
