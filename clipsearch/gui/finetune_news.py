"""What a training run has told so far."""

from collections.abc import Mapping
from typing import TypeAlias

Points: TypeAlias = tuple[tuple[float, float], ...]
"""Of a curve, from the left."""


class News:
    """Gathers the events of one run."""

    def __init__(self) -> None:
        """Nothing was told yet."""
        self.stage = ""
        """``reading photos``, ``embedding``, ``training`` or ``judging``."""
        self._losses: dict[int, float] = {}
        self._recalls: dict[int, float] = {}

    @property
    def losses(self) -> Points:
        """By steps done."""
        return _points(self._losses)

    @property
    def recalls(self) -> Points:
        """Recall@10 on the held-out photos, in [0, 1], by steps done."""
        return _points(self._recalls)

    def take(self, event: Mapping[str, object]) -> None:
        """Take one in; of a step that is told twice, as after a pause, the later word counts."""
        match event:
            case {"kind": "stage", "stage": str(stage)}:
                self.stage = stage
            case {"kind": "step", "step": int(step), "loss": float(loss)}:
                self._losses[step] = loss
            case {"kind": "recall", "step": int(step), "recall": float(recall)}:
                self._recalls[step] = recall


def _points(values: Mapping[int, float]) -> Points:
    return tuple((float(step), values[step]) for step in sorted(values))
