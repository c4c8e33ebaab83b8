"""A pace for work that looks at no photos, so is not slowed down for their sake."""

from clipsearch.progress import Progress


class FullSpeed:
    """A `WorkPace` that never rests."""

    is_paused = False
    waits_for: str | None = None

    @property
    def share(self) -> float:
        """All of the time."""
        return 1.0

    @share.setter
    def share(self, share: float) -> None: ...

    def pause(self) -> None:
        """Go on all the same."""

    def resume(self) -> None:
        """Go on."""

    def apply(self, progress: Progress) -> Progress:
        """The same progress."""
        return progress
