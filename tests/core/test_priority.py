"""Background threads give way, and nobody else does."""

import os
import sys
import threading

import pytest

from clipsearch.core import priority
from clipsearch.core.readers import Readers


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="other platforms do not tell")
def test_readers_give_way_and_their_user_does_not() -> None:
    before = niceness()
    with Readers[int, int](lambda _: niceness(), 2, limit_s=10) as readers:
        found = [result for _, result in readers.in_order(range(4), ahead=2)]
    assert found == [max(10, before)] * 4
    assert niceness() == before


def test_a_platform_that_refuses_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", refuse, raising=False)
    priority.give_way()
