"""When a library that is kept up to date is tidied up. The window imports this early: no more."""

import time
from collections.abc import Callable

from clipsearch.core.types import MaintenanceReport

_AFTER_A_CHANGE_S = 30.0
# By then the versions that compaction has overtaken may go; so may another writer have.
_SOON_S = 660.0
_NOW_AND_THEN_S = 3_600.0


class MaintenanceTimes:
    """Tells when maintenance is worth a look: soon after a change, and every hour."""

    def __init__(
        self,
        *,
        after_a_change: float = _AFTER_A_CHANGE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with a look some minutes from now; all in seconds."""
        self._after_a_change = after_a_change
        self._clock = clock
        self._next = clock() + _SOON_S

    @property
    def is_time(self) -> bool:
        """Whether to look now."""
        return self._clock() >= self._next

    def note_change(self) -> None:
        """The index was written."""
        self._next = min(self._next, self._clock() + self._after_a_change)

    def note_done(self, report: MaintenanceReport | None) -> None:
        """It was looked at; ``None`` if that could not be done."""
        is_tidy = report is not None and not report.compacted
        self._next = self._clock() + (_NOW_AND_THEN_S if is_tidy else _SOON_S)
