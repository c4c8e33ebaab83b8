"""Settings and shipped files."""

from pathlib import Path

import pytest

from clipsearch.errors import InputError
from clipsearch.resources import resource_path
from clipsearch.settings import (
    Settings,
    cache_folder,
    default_library,
    load_settings,
    save_settings,
    settings_file,
)


def test_missing_settings_are_the_defaults() -> None:
    assert load_settings() == Settings()


def test_settings_survive_a_round_trip() -> None:
    settings = Settings(device="cuda:1", theme="dark", batch_size=8)
    save_settings(settings)
    assert load_settings() == settings
    assert "tile_edge" not in settings_file().read_text()  # Defaults may change with an update.


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("device = 'toaster'", "device"),
        ("batch_size = 0", "batch_size"),
        ("nonsense = 1", "nonsense"),
        ("theme = [", "cannot be read"),
        ("theme = 3", "theme"),
    ],
)
def test_a_bad_setting_is_named_with_its_file(text: str, complaint: str) -> None:
    settings_file().parent.mkdir(parents=True)
    settings_file().write_text(text)
    with pytest.raises(InputError, match=complaint) as caught:
        load_settings()
    assert str(settings_file()) in str(caught.value)


def test_every_setting_has_a_description() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name


def test_one_variable_moves_everything(home: Path) -> None:
    for folder in (settings_file(), cache_folder(), default_library()):
        assert home in folder.parents


def test_shipped_files_are_found_and_missing_ones_named() -> None:
    assert resource_path("prompts/general.txt").is_file()
    with pytest.raises(FileNotFoundError, match="resources/nonsense"):
        resource_path("nonsense")
