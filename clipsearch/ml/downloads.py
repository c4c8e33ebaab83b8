"""Fetches the weights of a catalogue model from the Hugging Face hub, when the user asks for it.

Into our own models folder, as an imported model, and by a small downloader of our own:

- huggingface_hub reads ``HF_HUB_OFFLINE`` once for the whole process, and `clipsearch.ml.models`
  sets it so that nothing is ever fetched unasked. Its functions work again only if that door is
  opened for everything in the process.
- It reports through a progress bar alone and cannot be cancelled from it; its fast transfers run
  in threads of another language. It compares no checksums. Its HTTP library is another one in
  every second of the versions that we allow.
- A model in our own folder can be removed again without harm to other programs, which share the
  hub's cache; one that they have put there is used and never fetched twice.

The weights lie beside a configuration with the preprocessing of their tag, as open_clip itself
would upload the model, and have the same fingerprint as from the hub's cache.
"""

import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from clipsearch.errors import DownloadFailed, ModelError, ModelNotDownloaded
from clipsearch.ml import hub, models, own_models
from clipsearch.ml.imports import require_plain_tokenizer, write_config
from clipsearch.progress import Progress, no_progress

_PAUSES_S = (1.0, 2.0, 4.0, 8.0)  # between tries that brought nothing
_TICK_S = 0.25  # how long a cancel waits during a pause
_HASH_CHUNK = 1 << 22  # bytes


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that can be downloaded."""

    name: str
    """``ARCHITECTURE:TAG``."""
    file: hub.RemoteFile
    licence: str | None
    """As its repository states it, for example ``mit``."""
    fetched: int
    """Bytes that are here already, from a download that was stopped."""


def find(name: str) -> Offer:
    """Look up a model on the hub; fetches no weights.

    Args:
        name: ``ARCHITECTURE:TAG``, or ``ARCHITECTURE`` if it has one tag.

    Raises:
        UnknownModel: The catalogue has no such model.
        ModelError: It is here already, or nothing that can be downloaded.
        DownloadFailed: The hub cannot be reached, or refuses.
    """
    full_name = _not_here(name)
    architecture, _, tag = full_name.partition(":")
    require_plain_tokenizer(architecture)
    repository, files = models.hub_files(architecture, tag)
    if not repository:
        raise ModelError(
            f"The weights of '{full_name}' are not on the Hugging Face hub: fetch them yourself, "
            f"then 'clipsearch models import FILE --architecture {architecture}'."
        )
    file = hub.locate(repository, files)
    partial = own_models.partial_file(full_name, file.sha256)
    return Offer(full_name, file, hub.licence(repository), _size(partial))


def is_offered(name: str) -> bool:
    """Whether `find` would look for a model on the hub; touches no network.

    Args:
        name: ``ARCHITECTURE:TAG`` of the catalogue.
    """
    architecture, _, tag = name.partition(":")
    try:
        require_plain_tokenizer(architecture)
    except ModelError:
        return False
    return bool(models.hub_files(architecture, tag)[0])


def _not_here(name: str) -> str:
    """The full name of a model whose weights are not on this machine."""
    try:
        source = models.resolve(name)
    except ModelNotDownloaded:
        architecture, tag = models.catalogue_name(name)
        return f"{architecture}:{tag}"
    raise ModelError(f"The model '{source.name}' is on this machine already: {source.weights}.")


def download(offer: Offer, *, progress: Progress = no_progress) -> None:
    """Fetch the weights of a model, after which its name resolves without the network.

    Goes on where an earlier download was stopped. What was fetched is kept when this one is
    cancelled or breaks off.

    Args:
        offer: By `find`.
        progress: In bytes; may cancel.

    Raises:
        DownloadFailed: The hub refuses, the connection breaks again and again, or the weights
            are not those of the checksum.
        ModelError: Another process is changing the models folder, or it cannot be written.
        DiskFull: No space left.
        Cancelled: By ``progress``.
    """
    file = offer.file
    with own_models.changing(), own_models.new_model(offer.name) as folder:
        partial = own_models.partial_file(offer.name, file.sha256)
        with own_models.disk_faults():
            own_models.drop_other_partial_files(partial, offer.name)
        own_models.require_space(max(0, file.size - _size(partial)))
        _fetch(file, partial, progress)
        _check(file, partial, progress)
        _write_configuration(folder, offer.name)
        own_models.note_licence(folder, offer.licence)
        with own_models.disk_faults():
            partial.replace(folder / Path(file.name).name)


def _write_configuration(folder: Path, name: str) -> None:
    import open_clip
    from open_clip.transform import merge_preprocess_dict

    architecture, _, tag = name.partition(":")
    tagged = open_clip.get_pretrained_cfg(architecture, tag)
    # Merged with nothing: keeps of the tag what belongs to the preprocessing.
    write_config(folder, architecture, merge_preprocess_dict({}, tagged))


def _fetch(file: hub.RemoteFile, partial: Path, progress: Progress) -> None:
    """Make the partial file complete, over as many connections as it takes."""
    furthest = _size(partial)
    fruitless = 0
    while _size(partial) != file.size:
        try:
            _go_on(file, partial, progress)
            problem = hub.Interrupted("the connection was closed early")
        except hub.Interrupted as error:
            problem = error
        now = _size(partial)
        if now == file.size:
            return
        fruitless = 0 if now > furthest else fruitless + 1
        furthest = max(furthest, now)
        if fruitless > len(_PAUSES_S):
            kept = f"What was fetched, {own_models.megabytes(now)}, is kept." if now else ""
            raise hub.unreachable(problem, kept)
        _wait(_PAUSES_S[fruitless - 1] if fruitless else 0, now, file.size, progress)


def _go_on(file: hub.RemoteFile, partial: Path, progress: Progress) -> None:
    """Append what one connection brings."""
    start = _size(partial)
    with (
        hub.reading(file, start if start < file.size else 0) as (done, pieces),
        own_models.disk_faults(),
        partial.open("ab") as out,
    ):
        out.truncate(done)
        progress(done, file.size, file.name)
        for piece in pieces:
            done += out.write(piece[: file.size - done])
            progress(done, file.size, file.name)
            if done == file.size:
                break


def _wait(seconds: float, done: int, total: int, progress: Progress) -> None:
    for _ in range(round(seconds / _TICK_S)):
        progress(done, total, "waiting to try again")
        time.sleep(_TICK_S)


def _check(file: hub.RemoteFile, partial: Path, progress: Progress) -> None:
    """Compare what was fetched with the hub's checksum; deletes what is wrong."""
    digest = hashlib.sha256()
    done = 0
    with own_models.disk_faults(), partial.open("r+b") as stream:
        os.fsync(stream.fileno())  # Before it is called complete.
        while chunk := stream.read(_HASH_CHUNK):
            digest.update(chunk)
            done += len(chunk)
            progress(done, file.size, "checking it")
    if digest.hexdigest() != file.sha256:
        with own_models.disk_faults():
            partial.unlink()
        raise DownloadFailed(
            f"What {hub.endpoint()} sent for {file.repository}/{file.name} is damaged (its "
            "checksum is wrong) and was deleted: try again."
        )


def _size(partial: Path) -> int:
    return partial.stat().st_size if partial.exists() else 0
