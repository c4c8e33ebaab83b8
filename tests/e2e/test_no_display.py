"""Starting the window where none can be opened."""

import os
import subprocess
import sys
from pathlib import Path


def test_where_no_window_can_be_opened_a_sentence_says_so(home: Path) -> None:
    # Qt aborts the process when its platform plug-in does not load, whatever the reason is.
    environment = os.environ | {"QT_QPA_PLATFORM": "nowhere"}
    done = subprocess.run(
        [sys.executable, "-m", "clipsearch"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        "No window can be opened here: 'clipsearch doctor' says what is missing. "
        "The command line works without one."
    ]
    assert not list(home.rglob("pasted-*"))
