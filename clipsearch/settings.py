"""Typed settings in a TOML file, and the folders where clipsearch keeps its things."""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clipsearch.errors import InputError

_APP = "clipsearch"


def _folder(kind: Literal["config", "data", "cache"]) -> Path:
    # One variable moves everything: portable installations and tests use it.
    home = os.environ.get("CLIPSEARCH_HOME")
    if home:
        return Path(home).expanduser() / kind
    folders = {
        "config": platformdirs.user_config_path,
        "data": platformdirs.user_data_path,
        "cache": platformdirs.user_cache_path,
    }
    return folders[kind](_APP, appauthor=False)


def config_folder() -> Path:
    """Folder of the settings file."""
    return _folder("config")


def data_folder() -> Path:
    """Folder of what cannot be recomputed, and of the default library."""
    return _folder("data")


def cache_folder() -> Path:
    """Folder of what can be recomputed: sample photos, thumbnails, logs."""
    return _folder("cache")


def default_library() -> Path:
    """The library used when none is named: ``CLIPSEARCH_LIBRARY``, else in the data folder."""
    named = os.environ.get("CLIPSEARCH_LIBRARY")
    return Path(named).expanduser() if named else data_folder() / "library"


class Settings(BaseModel):
    """Everything the user can set; the README lists them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    device: str = Field(
        default="auto",
        pattern=r"^(auto|cpu|mps|(cuda|xpu)(:\d+)?)$",
        description="Where the model runs: auto, cuda, cuda:1, mps, xpu or cpu.",
    )
    precision: Literal["auto", "float32", "float16", "bfloat16"] = Field(
        default="auto",
        description="Number format of the model; auto measures which is fastest and faithful.",
    )
    batch_size: Annotated[int, Field(ge=1, le=1024)] | Literal["auto"] = Field(
        default="auto", description="Photos that are embedded together; auto measures how many."
    )
    unload_after_s: float = Field(
        default=600.0, ge=1, description="Seconds without use after which the model frees memory."
    )
    max_megapixels: int = Field(
        default=256, ge=1, description="Pictures with more megapixels are refused as unsafe."
    )
    thumbnails_mb: int = Field(
        default=4_000,
        ge=0,
        description="Megabytes of small pictures kept for the window, 24 kB each.",
    )
    watch_folders: bool = Field(
        default=True, description="Whether the window watches the library's folders for changes."
    )
    ignore: tuple[str, ...] = Field(
        default=(),
        description="Files and folders that are left out, as in a .gitignore: '*.tmp', 'Exports/'.",
    )
    sidecar_names: Literal["digikam", "lightroom"] = Field(
        default="digikam",
        description="How new sidecars of RAW photos are named: a.cr2.xmp, or a.xmp as Lightroom's.",
    )
    background_share: float = Field(
        default=1.0,
        ge=0.05,
        le=1,
        description="Share of the time in which watching and the window's indexing may work.",
    )
    only_plugged_in: bool = Field(
        default=False, description="Background work waits while the machine runs on its battery."
    )
    only_idle: bool = Field(
        default=False, description="Background work waits while other programs are busy."
    )
    history: bool = Field(
        default=True, description="Whether what was searched for is remembered, to be offered."
    )
    auto_tag: bool = Field(
        default=False, description="Whether new photos are given tags when they have been indexed."
    )
    tag_amount: float = Field(
        default=0.5, ge=0, le=1, description="From 0, fewer tags and surer ones, to 1, more."
    )
    theme: Literal["system", "light", "dark"] = Field(
        default="system", description="Colours of the window."
    )
    tile_edge: int = Field(
        default=192, ge=96, le=384, description="Edge of a photo in the grid, in logical pixels."
    )
    results: int = Field(
        default=200, ge=1, le=10_000, description="Photos that the window asks for at once."
    )


def settings_file() -> Path:
    """Where the settings are kept."""
    return config_folder() / "settings.toml"


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings; a missing file means the defaults.

    Raises:
        InputError: The file is not TOML, or a value is out of its range.
    """
    path = path or settings_file()
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f"The settings file {path} cannot be read ({error}): mend or delete it."
        ) from error
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"In the settings file {path}, '{name}' is not valid "
            f"({first['msg']}): mend or remove it."
        ) from error


def save_settings(settings: Settings, path: Path | None = None) -> None:
    """Write the settings that differ from the defaults, replacing the file in one step."""
    path = path or settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(tomli_w.dumps(settings.model_dump(exclude_defaults=True)).encode())
    temporary.replace(path)
