"""The models of the window."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from pytestqt.modeltest import ModelTester

from clipsearch.core.query import Part
from clipsearch.core.types import Hit, PartMatch, Photo, Skipped
from clipsearch.gui.photo_model import CERTAIN_ROLE, PHOTO_ROLE, RELEVANCE_ROLE, PhotoModel
from clipsearch.gui.problems_view import ProblemsModel

if TYPE_CHECKING:
    from collections.abc import Callable


def check(tester: ModelTester, model: QAbstractItemModel) -> None:
    """Let pytest-qt, which has no types, look at a model."""
    run: Callable[[QAbstractItemModel], None] = tester.check
    run(model)


def test_the_photo_model_keeps_qts_rules(photos: list[Photo], qtmodeltester: ModelTester) -> None:
    model = PhotoModel()
    check(qtmodeltester, model)
    model.show_photos(photos)
    model.show_hits([Hit(photo, 0.5) for photo in photos[:2]])
    check(qtmodeltester, model)


def test_hits_carry_their_relevance_and_a_library_does_not(photos: list[Photo]) -> None:
    model = PhotoModel()
    model.show_hits([Hit(photos[1], 0.25, relevance=0.374, above_cutoff=False)])
    index = model.index(0)
    assert index.data(PHOTO_ROLE) == photos[1]
    assert index.data(RELEVANCE_ROLE) == 0.374
    assert not index.data(CERTAIN_ROLE)
    assert "37 %" in index.data(Qt.ItemDataRole.AccessibleTextRole)
    model.show_photos(photos)
    assert model.index(0).data(RELEVANCE_ROLE) is None
    assert model.index(0).data(CERTAIN_ROLE)
    assert model.index(0).data(Qt.ItemDataRole.AccessibleTextRole) == photos[0].path.name


def test_the_tip_says_how_well_each_part_of_a_query_fits(photos: list[Photo]) -> None:
    model = PhotoModel()
    parts = PartMatch(Part("dog"), 0.3, 0.91), PartMatch(Part("leash", excluded=True), 0.1, 0.08)
    model.show_hits([Hit(photos[0], 1.5, parts=parts)])
    tip = model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.splitlines() == [str(photos[0].path), "dog, 91 %", "not: leash, 92 %"]


def test_data_touches_no_disk(tmp_path: Path) -> None:
    from tests.gui.conftest import make_photo

    model = PhotoModel()
    model.show_photos([make_photo(tmp_path / "never written.jpg")])
    texts = [model.index(0).data(role) for role in Qt.ItemDataRole]
    assert "never written.jpg" in texts


def test_photos_are_dragged_out_as_files(photos: list[Photo]) -> None:
    model = PhotoModel()
    model.show_photos(photos)
    mime = model.mimeData([model.index(0), model.index(2)])
    assert [Path(url.toLocalFile()) for url in mime.urls()] == [photos[0].path, photos[2].path]


def test_the_problems_model_keeps_qts_rules(qtmodeltester: ModelTester) -> None:
    model = ProblemsModel()
    model.show_skipped([Skipped(Path("/photos/a.jpg"), "It is cut off.")])
    check(qtmodeltester, model)
    cells = [model.index(0, column).data() for column in range(model.columnCount())]
    assert cells == ["a.jpg", "It is cut off.", str(Path("/photos"))]
    assert model.rowCount(QModelIndex()) == 1
