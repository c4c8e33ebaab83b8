"""Metadata in the index: from files, from sidecars, and into tables that had none."""

import os
from datetime import datetime
from pathlib import Path

import lancedb
import pytest
from PIL import ExifTags, Image

from clipsearch.core.library import Library
from clipsearch.core.snapshot import added_columns
from clipsearch.core.types import Metadata
from clipsearch.errors import InputError
from tests.conftest import FakeModel

_XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmp:Rating="{rating}"><dc:subject><rdf:Bag><rdf:li>Rufus</rdf:li></rdf:Bag></dc:subject>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photo with a date and a camera."""
    path = tmp_path / "photos" / "it's.jpg"
    path.parent.mkdir()
    image = Image.new("RGB", (32, 24), "green")
    exif = image.getexif()
    exif[ExifTags.Base.Make] = "NIKON CORPORATION"
    exif[ExifTags.Base.Model] = "NIKON D100"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2021:06:05 14:03:02"
    image.save(path, exif=exif)
    return path


def known(library: Library, path: Path) -> Metadata:
    (found,) = library.metadata(path)
    return found


def test_what_a_file_says_is_in_the_index(library: Library, photo: Path) -> None:
    library.index([photo.parent])
    found = known(library, photo)
    assert found.taken_at == datetime(2021, 6, 5, 14, 3, 2)
    assert found.camera == "Nikon D100"
    assert (found.rating, found.keywords, found.latitude) == (None, (), None)


def test_several_photos_are_told_of_in_the_order_that_was_asked_for(
    library: Library, photo: Path
) -> None:
    for number in range(3):
        path = photo.with_name(f"{number}.png")
        Image.new("RGB", (32, 24), "green").save(path)
        path.with_suffix(".xmp").write_text(_XMP.format(rating=number))
    library.index([photo.parent])
    paths = [photo.with_name(f"{number}.png") for number in (2, 0, 1)]
    assert [said.rating for said in library.metadata(*paths, photo)] == [2, 0, 1, None]
    assert library.metadata() == []
    with pytest.raises(InputError, match=r"gone\.png is not in the library"):
        library.metadata(paths[0], photo.with_name("gone.png"))


def test_a_sidecar_that_comes_changes_and_goes(
    library: Library, photo: Path, fake_model: FakeModel
) -> None:
    library.index([photo.parent])
    embedded = fake_model.embedded
    sidecar = photo.with_name("it's.jpg.xmp")
    for number, rating in enumerate((3, 5)):
        sidecar.write_text(_XMP.format(rating=rating))
        os.utime(sidecar, (1_700_000_000 + number, 1_700_000_000 + number))
        report = library.index()
        assert (report.changed, report.unchanged) == (1, 0)
        assert (known(library, photo).rating, known(library, photo).keywords) == (
            rating,
            ("Rufus",),
        )
    sidecar.unlink()
    assert library.update([photo]).changed == 1
    assert known(library, photo).rating is None
    assert known(library, photo).camera == "Nikon D100"
    assert fake_model.embedded == embedded


def test_a_sidecar_is_no_reason_to_read_the_photo_twice(library: Library, photo: Path) -> None:
    photo.with_suffix(".xmp").write_text(_XMP.format(rating=1))
    library.index([photo.parent])
    assert library.index().unchanged == 1
    assert known(library, photo).rating == 1


def test_a_moved_photo_takes_its_metadata_along(library: Library, photo: Path) -> None:
    library.index([photo.parent])
    moved = photo.with_name("moved.jpg")
    photo.rename(moved)
    assert library.index().moved == 1
    assert known(library, moved).camera == "Nikon D100"
    with pytest.raises(InputError, match="not in the library"):
        library.metadata(photo)


@pytest.mark.parametrize("how", ["index", "update"])
def test_a_table_of_the_first_schema_is_filled_without_embedding(
    library: Library, photo: Path, fake_model: FakeModel, how: str
) -> None:
    library.index([photo.parent])
    library.close()
    table = lancedb.connect(library.root / "index").open_table(f"space_{fake_model.fingerprint}")
    table.drop_columns([field.name for field in added_columns()])
    embedded = fake_model.embedded
    assert [found.path for found in library.photos()] == [photo]
    library.index() if how == "index" else library.update([photo])
    assert known(library, photo).camera == "Nikon D100"
    assert fake_model.embedded == embedded
