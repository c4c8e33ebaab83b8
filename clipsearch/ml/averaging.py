"""A moving average of a module's weights."""

from torch import Tensor, nn


class MovingAverage:
    """Exponential moving average of all floating-point state of a module (EMA).

    It begins as the plain mean: the decay of update ``n`` is at most ``n / (n + 10)``, so that the
    fresh weights are soon forgotten in short runs too.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        """Begin with the weights as they are.

        Args:
            module: Its state is copied.
            decay: What of the average stays at each update, in [0, 1).
        """
        self._decay = decay
        self._updates = 0
        self._state = {
            name: value.detach().clone()
            for name, value in module.state_dict().items()
            if value.is_floating_point()
        }

    def update(self, module: nn.Module) -> None:
        """Take in the module's present weights."""
        self._updates += 1
        decay = min(self._decay, self._updates / (self._updates + 10))
        present = module.state_dict()
        for name, value in self._state.items():
            value.lerp_(present[name].detach(), 1 - decay)

    def swap(self, module: nn.Module) -> None:
        """Exchange the average and the module's weights; a second call undoes the first."""
        present = module.state_dict()
        for name, value in self._state.items():
            held = present[name].detach().clone()
            present[name].copy_(value)
            value.copy_(held)

    def state_dict(self) -> dict[str, int | dict[str, Tensor]]:
        """For a checkpoint."""
        return {"updates": self._updates, "state": self._state}

    def load_state_dict(self, saved: dict[str, int | dict[str, Tensor]]) -> None:
        """Go on from a checkpoint."""
        updates, state = saved["updates"], saved["state"]
        assert isinstance(updates, int)
        assert isinstance(state, dict)
        self._updates = updates
        for name, value in self._state.items():
            value.copy_(state[name])
