"""Killed at any step of writing into photos: no photo is half written, no word is lost."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clipsearch.core.imaging import content_hash, decode
from clipsearch.core.library import Library
from clipsearch.core.metadata import read_metadata
from clipsearch.core.query_language import parse_query

pytestmark = pytest.mark.skipif(
    shutil.which("exiftool") is None, reason="ExifTool is not installed"
)

_ROOT = Path(__file__).parents[2]

# Ends without any cleaning up, at a function's first call or right after it.
_WRITER = """
import os, sys
from pathlib import Path
from clipsearch.core import exiftool, originals, succession
from clipsearch.core.library import Library
from clipsearch.settings import Settings
from tests.conftest import FakeModel

root, place, moment = sys.argv[1:]
holder, _, name = place.rpartition(".")
holder = eval(holder, {"exiftool": exiftool, "originals": originals, "succession": succession})
function = getattr(holder, name)

def killed(*arguments, **options):
    if moment == "after":
        function(*arguments, **options)
    os._exit(9)

library = Library(Path(root), Settings(), load_model=lambda _: FakeModel())
photos = library.photos()
setattr(holder, name, killed)
library.originals.write(photos)
"""
_DELICATE = [("succession.Succession.hand_over", "after"), ("originals._Run._replace", "after")]
_OTHERS = [
    (place, moment)
    for place in (
        "originals.shutil.copyfile",
        "exiftool.ExifTool.embed",
        "originals.require_same_photo",
        "succession.Succession.hand_over",
        "originals._settle",
        "originals._Run._replace",
        "originals.take_embeddings_along",
    )
    for moment in ("before", "after")
    if (place, moment) not in _DELICATE
]


@pytest.mark.parametrize(
    ("place", "moment"),
    [*_DELICATE, *(pytest.param(*one, marks=pytest.mark.slow) for one in _OTHERS)],
)
def test_killed_at_a_step_nothing_is_lost(
    make_library: Callable[..., Library], tmp_path: Path, place: str, moment: str
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number, name in enumerate(("a.jpg", "b.png")):
        noise = np.random.default_rng(number).integers(0, 255, (40, 60, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / name)
    photos = sorted(folder.iterdir())
    before = {path: (path.read_bytes(), decode(path).tobytes()) for path in photos}
    library = make_library()
    library.index([folder])
    library.labels.tags.decide("dog", library.labels.contents(photos), "accepted")
    library.close()
    killed = subprocess.run(
        [sys.executable, "-c", _WRITER, str(library.root), place, moment], cwd=_ROOT, check=False
    )
    assert killed.returncode == 9
    again = make_library()
    for path in photos:
        data, pixels = before[path]
        assert decode(path).tobytes() == pixels
        if path.read_bytes() != data:
            assert read_metadata(path.read_bytes()).keywords == ("dog",)
        said = again.labels.tags.of_photos([content_hash(path.read_bytes())])
        assert [one.tag for one in next(iter(said.values()))] == ["dog"]
    assert again.index().skipped == ()
    assert {hit.photo.path for hit in again.search(parse_query("tag:dog"))} == set(photos)
    again.originals.write(again.photos())
    assert sorted(folder.iterdir()) == photos, "no copy is left"
    assert all(read_metadata(path.read_bytes()).keywords == ("dog",) for path in photos)
