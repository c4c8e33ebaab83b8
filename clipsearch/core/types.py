"""The nouns of the domain, as frozen dataclasses that every layer above may hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    # The window imports this module before its first paint; NumPy would take a tenth of a second.
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from clipsearch.core.filters import Filter
    from clipsearch.core.query import Part
    from clipsearch.ml.figures import Figures
    from clipsearch.ml.tuning_types import TunedEntry

Embeddings: TypeAlias = "NDArray[np.float32]"
"""``(N, D) float32``, each row L2-normalised."""


@dataclass(frozen=True, slots=True)
class FileState:
    """What a `stat` tells of a file; equal states are taken to mean an unchanged file."""

    size: int
    """Bytes."""
    modified_ns: int
    """Modification time, nanoseconds since 1970."""
    sidecar_ns: int = 0
    """Modification time of the XMP file beside it; 0 where there is none."""


@dataclass(frozen=True, slots=True)
class Photo:
    """One indexed file."""

    path: Path
    """Absolute."""
    content_hash: str
    """Hex digest of the file's bytes; the key of everything the user says about it."""
    state: FileState
    width: int
    """Pixels, after EXIF orientation."""
    height: int
    """Pixels, after EXIF orientation."""
    metadata: Metadata | None = None
    """What file and sidecar say of it; ``None`` where the index was not asked for that."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file, and the sidecar beside it, say about the picture; all of it may be missing."""

    taken_at: datetime | None = None
    """What the clock on the wall showed; without a time zone."""
    utc_offset: int | None = None
    """Minutes that `taken_at` is ahead of UTC."""
    camera: str | None = None
    """Make and model, the make once: ``Nikon D100``."""
    lens: str | None = None
    latitude: float | None = None
    """Degrees, north positive; there is never one without the other."""
    longitude: float | None = None
    """Degrees, east positive."""
    altitude: float | None = None
    """Metres above the sea."""
    rating: int | None = None
    """0 (not rated) to 5, -1 for rejected."""
    keywords: tuple[str, ...] = ()
    """In the file's order; hierarchical ones are whole paths, ``Places|Italy|Rome``."""
    title: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Exposure:
    """How a photo was exposed, as its camera wrote; all of it may be missing."""

    seconds: float | None = None
    f_number: float | None = None
    iso: int | None = None
    focal_length: float | None = None
    """Millimetres, of the lens itself."""


@dataclass(frozen=True, slots=True)
class PartMatch:
    """How well a photo fits one part of a query by itself."""

    part: Part
    score: float
    """Cosine similarity in [-1, 1]."""
    fit: float
    """How certainly the photo shows it, from 0 to 1: of what is excluded, too."""

    @property
    def met(self) -> float:
        """How certainly the photo is as asked, from 0 to 1: without what is excluded."""
        return 1 - self.fit if self.part.excluded else self.fit


@dataclass(frozen=True, slots=True)
class Hit:
    """One search result."""

    photo: Photo
    score: float | None
    """Cosine similarity in [-1, 1], for several parts the mean of rescaled scores; ``None`` for
    filters alone."""
    relevance: float = 1.0
    """How certain it is, from 0 to 1; means the same for every model and query. What passes
    filters alone is certain."""
    above_cutoff: bool = True
    """Whether it is certain enough to be shown without being asked for."""
    parts: tuple[PartMatch, ...] = ()
    """In the order of the query's."""
    filters: tuple[Filter, ...] = ()
    """Those of the query that the photo passes: of alternatives, perhaps not all."""
    duplicates: tuple[Photo, ...] = ()
    """Exact copies and near-duplicates that came after it and are folded behind it."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some hits of a query, and how many there are in all."""

    hits: list[Hit]
    """In the order in which they are to be shown."""
    total: int = 0
    """Photos on all pages, duplicates among them."""
    certain: int = 0
    """Those above the cut-off, likewise; by relevance they come first."""
    behind: dict[Path, tuple[Photo, ...]] = field(default_factory=dict)
    """Photos of this page that are folded behind hits of earlier pages, by the paths of those."""


DuplicateKind: TypeAlias = Literal["exact", "near", "burst"]
"""Copies of a file; one picture in several sizes, qualities or crops; shots of one moment."""


Merit: TypeAlias = Literal[
    "pixels", "sharpness", "bytes", "sidecar", "name", "short path", "age", "first path"
]
"""In what the best of several photos is ahead of the next one."""


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Photos of which one may be enough."""

    kind: DuplicateKind
    photos: tuple[Photo, ...]
    """Two at least, best first."""
    merit: Merit | None = None
    """Why the first is the best; ``None`` where somebody chose it."""

    @property
    def keeper(self) -> Photo:
        """The one that is proposed to be kept."""
        return self.photos[0]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that could not be indexed, and why."""

    path: Path
    reason: str
    """A sentence in plain words."""


@dataclass(frozen=True, slots=True)
class Removal:
    """What became of photos that were to go to the bin."""

    removed: tuple[Path, ...]
    """They are in the bin."""
    kept: tuple[Skipped, ...]
    """They are where they were, and why."""


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What indexing did, in files."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    moved: int = 0
    removed: int = 0
    skipped: tuple[Skipped, ...] = ()
    seconds: float = 0.0
    images_per_second: float = 0.0
    """Photos added or changed, by the second."""
    notices: tuple[str, ...] = ()
    """Sentences on what else happened, for example that a damaged index was rebuilt."""

    @property
    def found_nothing(self) -> bool:
        """Whether the folders hold no photos, not even ones that cannot be read."""
        found = self.added + self.changed + self.unchanged + self.moved
        return not (found or self.skipped)

    @property
    def wrote_something(self) -> bool:
        """Whether the index is another one now."""
        return bool(self.added or self.changed or self.moved or self.removed)


@dataclass(frozen=True, slots=True)
class MaintenanceReport:
    """What tidying up did; mostly nothing."""

    compacted: bool = False
    """Whether the index of a model was written anew, in one piece."""
    bytes_freed: int = 0
    thumbnails_removed: int = 0
    left_overs_removed: int = 0
    """What killed processes had left."""


@dataclass(frozen=True, slots=True)
class LibraryInfo:
    """The state of a library."""

    path: Path
    photos: int
    folders: tuple[Path, ...]
    model: str
    dimension: int | None
    """Embedding dimension; ``None`` while the model has not been loaded and nothing is indexed."""
    device: str
    precision: str
    index_state: str
    """``empty`` or ``ready``; ``incomplete`` after a damaged index was moved aside, ``outdated`` if
    the model has changed since (indexing all folders mends both); ``damaged``."""
    disk_bytes: int


@dataclass(frozen=True, slots=True)
class SpaceState:
    """The index that a model has made of the library's photos."""

    model: str
    """Under which name it was used last."""
    fingerprint: str
    photos: int | None
    """``None`` if it cannot be read."""
    disk_bytes: int
    active: bool
    """Whether it is the one that searches use."""


@dataclass(frozen=True, slots=True)
class ModelState:
    """A model: what is known of it, what is here of it, and what a library has made with it."""

    name: str
    """What `Library.use_model` takes."""
    source: str
    """``shipped``, ``open_clip`` or ``local``."""
    is_here: bool
    """Whether its weights are on this machine."""
    is_damaged: bool
    """Whether it was downloaded or imported, and cannot be used any more."""
    is_removable: bool
    """Whether clipsearch has downloaded or imported it, at least in part, so may delete it."""
    is_active: bool
    """Whether the library's searches use it."""
    disk_bytes: int
    """Of its weights on this machine, also of a download that was stopped."""
    dimension: int | None
    image_size: int | None
    """Edge of its input, pixels."""
    licence: str | None
    """Of the weights, for example ``mit``; ``None`` if it is not known here."""
    figures: Figures
    spaces: tuple[SpaceState, ...] = ()
    """Its indexes of the library; several if its weights have changed, or its strength."""
    tuned: TunedEntry | None = None
    """Of a model that is a change of another."""


@dataclass(frozen=True, slots=True)
class FolderState:
    """A folder that the library keeps up to date."""

    path: Path
    photos: int
    """How many of the library's photos lie in it."""
    is_there: bool
    """Whether it can be looked at now; the photos of a drive that is away stay."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong with a library."""

    kind: str
    """``labels``, ``index``, ``embedding``, ``size``, ``content`` or ``left over``."""
    path: Path
    detail: str
    """In plain words."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What a look at a library has found."""

    photos: int
    """How many were looked at."""
    problems: tuple[Problem, ...]
    is_repaired: bool
    """Whether everything that was found has been mended."""
    notices: tuple[str, ...] = ()
    """Sentences on what was done."""


class EmbeddingModel(Protocol):
    """What the core needs of an encoder; `clipsearch.ml.encoder.Encoder` is the real one."""

    @property
    def name(self) -> str:
        """The name under which the user knows the model."""

    @property
    def fingerprint(self) -> str:
        """Names the space: model, weights and preprocessing. Hex digits."""

    @property
    def image_fingerprint(self) -> str:
        """Equal of models that embed photos alike, whatever words mean to them. Hex digits."""

    @property
    def dimension(self) -> int:
        """Embedding dimension ``D``."""

    @property
    def input_edge(self) -> int:
        """Long edge of its input, pixels."""

    @property
    def is_loaded(self) -> bool:
        """Whether it occupies memory now."""

    @property
    def device(self) -> str:
        """Where it runs, for example ``cuda:0``."""

    @property
    def precision(self) -> str:
        """Number format it runs in, for example ``float32``."""

    @property
    def logit_scale(self) -> float:
        """Factor on cosine similarities before a softmax."""

    @property
    def batch_size(self) -> int:
        """How many pictures to give to `encode_pixels` at once."""

    @property
    def lanes(self) -> int:
        """How many threads should call `encode_pixels` side by side."""

    def enter_lane(self) -> None:
        """Make the calling thread one of `lanes`; for good."""

    def preprocess(self, image: Image.Image) -> NDArray[np.uint8]:
        """Scale an upright RGB picture to the model's input size: ``(H, W, 3) uint8``."""

    def encode_pixels(self, pixels: NDArray[np.uint8]) -> Embeddings:
        """Embed preprocessed pictures ``(N, H, W, 3) uint8`` to ``(N, D)``; from any thread."""

    def encode_images(self, images: Sequence[Image.Image]) -> Embeddings:
        """Embed upright RGB pictures to ``(N, D)``."""

    def encode_texts(self, texts: Sequence[str]) -> Embeddings:
        """Embed texts to ``(N, D)``."""

    def unload_if_idle(self) -> bool:
        """Free the memory after long disuse; returns whether it did."""
