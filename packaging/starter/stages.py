"""Stages of the recipe: each runs once, leaves its files, and is skipped the next time."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

Figures = dict[str, Any]
log = logging.getLogger("starter")


class Workshop:
    """The work directory: one folder a stage, and what each stage cost and measured.

    A stage is done when its `stage.json` carries the key of its settings, of the seed, and of
    the stages that it builds on; so a changed setting repeats that stage and what follows from it.
    """

    def __init__(self, work: Path, seed: int) -> None:
        """Opens (or creates) a work directory for one seed."""
        self.work = work
        self.seed = seed
        self.report: dict[str, Figures] = {}
        self._keys: dict[str, str] = {}

    def folder(self, name: str) -> Path:
        """Gives the folder of a stage."""
        return self.work / name

    def run(
        self,
        name: str,
        settings: Figures,
        function: Callable[[Path, Figures], Figures],
        after: Sequence[str] = (),
    ) -> Figures:
        """Runs a stage, or takes its figures from disk.

        Args:
            name: Also the name of the stage's folder.
            settings: Everything that shapes the result and is not in the seed.
            function: Gets the folder and the settings, writes its files, returns its figures.
                May leave checkpoints in the folder to resume from.
            after: Names of the stages whose files it reads; they have run before.

        Returns:
            The stage's figures.
        """
        parts = [self.seed, name, settings, [self._keys[other] for other in after]]
        key = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
        self._keys[name] = key
        folder = self.folder(name)
        folder.mkdir(parents=True, exist_ok=True)
        record = folder / "stage.json"
        if record.is_file():
            saved: Figures = json.loads(record.read_text(encoding="utf-8"))
            if saved["key"] == key:
                log.info("%s: done before, %.0f s", name, saved["seconds"])
                self.report[name] = saved
                return dict(saved["figures"])
        _forget_other_runs(folder, key)
        log.info("%s: starting", name)
        wall, cpu = time.monotonic(), time.process_time()
        figures = function(folder, settings)
        saved = {
            "key": key,
            # A resumed stage knows the seconds of its earlier runs.
            "seconds": round(figures.pop("seconds", time.monotonic() - wall), 1),
            "cpu_seconds": round(figures.pop("cpu_seconds", time.process_time() - cpu), 1),
            "settings": settings,
            "figures": figures,
        }
        record.write_text(json.dumps(saved, indent=1), encoding="utf-8")
        log.info("%s: %.0f s, %s", name, saved["seconds"], json.dumps(figures)[:600])
        self.report[name] = saved
        return dict(figures)


def _forget_other_runs(folder: Path, key: str) -> None:
    """Empties a stage's folder when what lies in it was begun under another key."""
    begun = folder / "begun"
    if not begun.is_file() or begun.read_text(encoding="utf-8") != key:
        for path in folder.iterdir():
            path.unlink()
        begun.write_text(key, encoding="utf-8")
