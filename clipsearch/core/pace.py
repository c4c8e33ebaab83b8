"""`Pace`: how much of the machine background work may take, and when it rests.

Work calls its `Progress` once a photo; a pace wraps that, and rests inside the call. What runs
ahead of the caller (readers, the writer) is bounded, and so comes to rest too.
"""

import threading
import time
from collections.abc import Callable, Sequence

import psutil

from clipsearch.progress import Progress, no_progress
from clipsearch.settings import Settings

Obstacle = Callable[[], str | None]
"""Why work should wait just now, in a few words; ``None`` if it need not."""

_LOOK_AGAIN_S = 0.2
_OBSTACLES_HOLD_S = 5.0
# Others' use of the processor, in cores, below which the machine counts as idle.
_IDLE_CORES = 0.5


class Pace:
    """Slows work down, pauses it, and lets it wait for better times. Thread-safe."""

    def __init__(
        self,
        share: float = 1.0,
        obstacles: Sequence[Obstacle] = (),
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """Set the pace.

        Args:
            share: Of the time that work may go on, in (0, 1].
            obstacles: Asked every few seconds.
            clock: Seconds.
            sleep: Takes seconds.
        """
        self.share = share
        self._obstacles = obstacles
        self._clock = clock
        self._sleep = sleep
        self._running = threading.Event()
        self._running.set()
        self._reason: str | None = None
        self._asked = float("-inf")

    @classmethod
    def of(cls, settings: Settings) -> "Pace":
        """The pace that the user has set for background work."""
        obstacles: list[Obstacle] = []
        if settings.only_plugged_in:
            obstacles.append(on_battery)
        if settings.only_idle:
            obstacles.append(OthersBusy())
        return cls(settings.background_share, obstacles)

    @property
    def is_paused(self) -> bool:
        """Whether the user has paused it."""
        return not self._running.is_set()

    @property
    def waits_for(self) -> str | None:
        """Why work rests, in a few words; ``None`` while it goes on."""
        return "paused" if self.is_paused else self._reason

    def pause(self) -> None:
        """Let work rest until `resume`."""
        self._running.clear()

    def resume(self) -> None:
        """Let work go on."""
        self._running.set()

    def apply(self, progress: Progress = no_progress) -> Progress:
        """A progress that keeps this pace.

        While work rests, ``progress`` is called with the reason, so that it can cancel.
        """
        began = self._clock()

        def paced(done: int, total: int | None, note: str = "") -> None:
            nonlocal began
            progress(done, total, note)
            if self._must_wait():
                while self._must_wait():
                    progress(done, total, self.waits_for or "")
                    self._sleep(_LOOK_AGAIN_S)
            elif self.share < 1:
                worked = self._clock() - began
                self._rest(worked * (1 / self.share - 1), lambda: progress(done, total, note))
            began = self._clock()

        return paced

    def _rest(self, seconds: float, may_cancel: Callable[[], None]) -> None:
        end = self._clock() + seconds
        while (left := end - self._clock()) > 0:
            self._sleep(min(left, _LOOK_AGAIN_S))
            may_cancel()

    def _must_wait(self) -> bool:
        now = self._clock()
        if self._obstacles and now - self._asked >= _OBSTACLES_HOLD_S:
            self._asked = now
            self._reason = next((r for o in self._obstacles if (r := o())), None)
        return self.waits_for is not None


def on_battery() -> str | None:
    """An obstacle while the machine runs on its battery; none where there is no battery."""
    # Not on every platform.
    sensors: Callable[[], object | None] | None = getattr(psutil, "sensors_battery", None)
    battery = sensors() if sensors else None
    is_plugged_in = getattr(battery, "power_plugged", None)
    return "waiting for the power supply" if is_plugged_in is False else None


class OthersBusy:
    """An obstacle while other programs keep the processor busy."""

    def __init__(self) -> None:
        """Begins to measure; the first answer is that nobody is."""
        self._process = psutil.Process()
        self._before = self._used()

    def __call__(self) -> str | None:
        """See `Obstacle`."""
        before, self._before = self._before, self._used()
        elapsed = self._before[2] - before[2]
        if elapsed <= 0:
            return None
        others = (self._before[0] - before[0]) - (self._before[1] - before[1])
        return "waiting until the machine is idle" if others / elapsed > _IDLE_CORES else None

    def _used(self) -> tuple[float, float, float]:
        """Seconds of the processor used by all, and by this process; and the time."""
        times = psutil.cpu_times()
        waiting = times.idle + getattr(times, "iowait", 0.0)
        # Guests are counted within the time of users already.
        guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
        own = self._process.cpu_times()
        return sum(times) - waiting - guests, own.user + own.system, time.monotonic()
