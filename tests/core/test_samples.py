"""The sample photos: copied whole, once, from an installed scikit-image."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clipsearch.core import samples
from clipsearch.core.imaging import SUFFIXES, decode
from clipsearch.core.samples import copy_samples
from clipsearch.errors import DiskFull, InputError, LibraryReadOnly


def test_every_sample_is_a_whole_photo_with_a_telling_name(tmp_path: Path) -> None:
    folder = copy_samples(tmp_path / "new" / "samples")
    assert folder == tmp_path / "new" / "samples"
    copied = sorted(folder.iterdir())
    assert len(copied) == 12
    assert folder / "chelsea the cat.png" in copied
    for path in copied:
        assert path.suffix in SUFFIXES
        assert min(decode(path).size) >= 300


def test_copying_again_mends_what_is_missing_or_cut_and_leaves_the_rest(tmp_path: Path) -> None:
    copy_samples(tmp_path)
    whole = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    kept = tmp_path / "cup of coffee.png"
    os.utime(kept, (5, 5))
    (tmp_path / "grass.png").unlink()
    (tmp_path / "gravel.png").write_bytes(whole["gravel.png"][:1000])
    (tmp_path / "mine.jpg").write_bytes(b"of the user")
    copy_samples(tmp_path)
    assert kept.stat().st_mtime == 5
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        **whole,
        "mine.jpg": b"of the user",
    }


def test_scikit_image_itself_is_not_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from clipsearch.core.samples import copy_samples;"
        f"copy_samples(Path({str(tmp_path)!r})); print('skimage' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_without_scikit_image_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r'pip install "clipsearch\[samples\]"'):
        copy_samples(tmp_path / "samples")
    assert not (tmp_path / "samples").exists()


def test_a_scikit_image_without_photos_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "_bundled", lambda: tmp_path)
    with pytest.raises(InputError, match="no sample photos"):
        copy_samples(tmp_path / "samples")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LibraryReadOnly, match="cannot be written"):
        copy_samples(tmp_path / "file" / "samples")


def test_a_full_disk_leaves_no_partial_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(DiskFull, match="no space"):
        copy_samples(tmp_path)
    assert list(tmp_path.iterdir()) == []
