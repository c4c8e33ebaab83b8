"""What a training run has told so far."""

from collections.abc import Mapping
from typing import TypeAlias

Points: TypeAlias = tuple[tuple[float, float], ...]
"""Of a curve, from the left."""


class News:
    """Gathers the events of one run."""

    def __init__(self) -> None:
        """Nothing was told yet."""
        self.run = ""
        """Its name, by which it can be paused."""
        self.stage = ""
        """``reading photos``, ``embedding``, ``training`` or ``judging``."""
        self.steps = 0
        """That there are, as far as is known."""
        self.notices: tuple[str, ...] = ()
        """Sentences."""
        self._losses: dict[int, float] = {}
        self._recalls: dict[int, float] = {}

    @property
    def can_rest(self) -> bool:
        """Whether there is something that can be paused yet."""
        return bool(self.run and self.stage)

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
            case {"kind": "run", "run": str(run)}:
                self.run = run
            case {"kind": "stage", "stage": str(stage)}:
                self.stage = stage
            case {"kind": "step", "step": int(step), "loss": float() | int() as loss}:
                self._losses[step] = float(loss)
                steps = event.get("steps")
                self.steps = steps if isinstance(steps, int) else step
            case {"kind": "recall", "step": int(step), "recall": float() | int() as recall}:
                self._recalls[step] = float(recall)
            case {"kind": "notice", "sentence": str(sentence)}:
                self.notices += (sentence,)


def _points(values: Mapping[int, float]) -> Points:
    return tuple((float(step), values[step]) for step in sorted(values))
