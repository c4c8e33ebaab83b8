"""Reading ahead: order, bounds, errors, and what hangs."""

import threading
import time

import pytest

from clipsearch.core.readers import Readers, TooSlow


def test_results_come_in_order_whatever_takes_longer() -> None:
    def work(number: int) -> int:
        time.sleep(0.002 * (number % 5))
        return number * number

    with Readers(work, 4, limit_s=30) as readers:
        assert list(readers.in_order(range(60), ahead=9)) == [(n, n * n) for n in range(60)]


def test_no_more_than_so_many_are_ahead_of_the_taker() -> None:
    begun: list[int] = []
    with Readers(begun.append, 3, limit_s=30) as readers:
        results = readers.in_order(range(100), ahead=5)
        next(results)
        time.sleep(0.2)
        assert len(begun) <= 6


def test_an_error_reaches_the_taker_and_no_thread_stays() -> None:
    def work(number: int) -> int:
        return 10 // (number - 3)

    before = threading.active_count()
    with pytest.raises(ZeroDivisionError), Readers(work, 2, limit_s=30) as readers:
        list(readers.in_order(range(50), ahead=10))
    assert threading.active_count() == before


def test_what_hangs_is_left_behind_and_the_others_are_read() -> None:
    release = threading.Event()

    def work(number: int) -> int:
        if number in (2, 3, 4):
            release.wait(30)
        return number

    try:
        with Readers(work, 2, limit_s=0.4) as readers:
            results = dict(readers.in_order(range(12), ahead=8))
    finally:
        release.set()
    slow = {number for number, result in results.items() if isinstance(result, TooSlow)}
    assert slow == {2, 3, 4}
    assert {number: r for number, r in results.items() if number not in slow} == {
        number: number for number in range(12) if number not in slow
    }


def test_leaving_early_does_not_run_what_has_not_begun() -> None:
    begun: list[int] = []

    def work(number: int) -> None:
        begun.append(number)
        time.sleep(0.02)

    with Readers(work, 2, limit_s=30) as readers:
        for _ in readers.in_order(range(1000), ahead=500):
            break
    assert len(begun) < 20
