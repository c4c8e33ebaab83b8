"""Downloading a model, from a hub on the loopback device."""

import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from safetensors.torch import load_file

from clipsearch.errors import DiskFull, DownloadFailed, ModelError, UnknownModel
from clipsearch.ml import catalogue, downloads, models, own_models
from clipsearch.ml.encoder import Encoder
from clipsearch.progress import Cancelled
from tests.ml.conftest import TAG, TINY
from tests.ml.loopback_hub import COMMIT, REPOSITORY, Hub

WEIGHTS = "open_clip_model.safetensors"


def fetch(name: str) -> None:
    downloads.download(downloads.find(name))


def left_over() -> list[str]:
    folder = own_models.models_folder()
    return sorted(p.name for p in folder.iterdir() if p.name != ".lock") if folder.exists() else []


def partial() -> Path:
    (file,) = own_models.models_folder().glob("*.part")
    return file


def test_a_downloaded_model_is_found_without_the_network(hub: Hub, catalogue_model: str) -> None:
    offer = downloads.find(catalogue_model)
    assert (offer.name, offer.licence, offer.fetched) == (catalogue_model, "mit", 0)
    assert offer.file.size == len(hub.files[WEIGHTS])
    assert offer.file.commit == COMMIT
    assert left_over() == []  # Looking is free.
    seen: list[tuple[int, int | None]] = []
    downloads.download(offer, progress=lambda done, total, note="": seen.append((done, total)))
    assert {total for _, total in seen} == {offer.file.size}
    assert seen[-1][0] == offer.file.size
    assert left_over() == ["tiny-arch@test"]
    asked = len(hub.asked)
    assert models.resolve(catalogue_model).name == catalogue_model
    assert models.resolve("tiny-arch").name == catalogue_model  # Its only tag.
    encoder = Encoder(catalogue_model)
    assert encoder.encode_texts(["a dog"]).shape == (1, TINY["embed_dim"])
    entry = next(e for e in catalogue.catalogue() if e.name == catalogue_model)
    assert entry == catalogue.describe(catalogue_model)
    assert (entry.source, entry.available, entry.dimension) == ("open_clip", True, 24)
    assert entry.location.startswith(str(own_models.models_folder()))
    assert len(hub.asked) == asked


def test_it_is_the_same_model_as_from_the_hubs_cache(
    hub: Hub, catalogue_model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(catalogue_model)
    ours = models.load(models.resolve(catalogue_model))
    cached = tmp_path / "uploaded" / WEIGHTS
    tags = {"test": TAG | {"file": str(cached)}}
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, "tiny-arch", tags)
    theirs = models.load(models.ModelSource("x", "tiny-arch", "test", cached))
    assert ours.fingerprint == theirs.fingerprint
    texts = ours.tokenizer(["a dog"])
    assert torch.equal(ours.model.encode_text(texts), theirs.model.encode_text(texts))


def test_a_cut_connection_goes_on_where_it_broke_off(hub: Hub, catalogue_model: str) -> None:
    size = len(hub.files[WEIGHTS])
    hub.cuts = [100_000, 1, 50_000]
    fetch(catalogue_model)
    assert hub.ranges() == [None, "bytes=100000-", "bytes=100001-", "bytes=150001-"]
    assert hub.sent == size
    found = load_file(models.resolve(catalogue_model).weights)
    assert np.isfinite(found["ln_final.weight"].numpy()).all()


def test_a_connection_that_breaks_again_and_again_is_given_up(
    hub: Hub, catalogue_model: str
) -> None:
    hub.cuts = [20_000_000 // 100, *[0] * 3]
    with pytest.raises(DownloadFailed, match=r"closed early.*try again.* 0\.2 MB, is kept"):
        fetch(catalogue_model)
    assert hub.cuts == []
    assert partial().stat().st_size == 200_000
    assert downloads.find(catalogue_model).fetched == 200_000
    fetch(catalogue_model)
    assert hub.sent == len(hub.files[WEIGHTS])  # No byte twice.
    assert left_over() == ["tiny-arch@test"]


def test_a_cancelled_download_is_taken_up_again(hub: Hub, catalogue_model: str) -> None:
    def cancel(done: int, total: int | None, note: str = "") -> None:
        if done >= 1_000_000:
            raise Cancelled

    with pytest.raises(Cancelled):
        downloads.download(downloads.find(catalogue_model), progress=cancel)
    kept = partial().stat().st_size
    assert 1_000_000 <= kept < len(hub.files[WEIGHTS])
    assert left_over() == [partial().name]
    assert not catalogue.describe(catalogue_model).available
    fetch(catalogue_model)
    assert hub.ranges() == [None, f"bytes={kept}-"]


def test_a_server_without_ranges_starts_over(hub: Hub, catalogue_model: str) -> None:
    hub.knows_ranges = False
    hub.cuts = [100_000]
    fetch(catalogue_model)
    assert hub.sent == 100_000 + len(hub.files[WEIGHTS])


def test_other_weights_are_not_glued_to_a_partial_file(hub: Hub, catalogue_model: str) -> None:
    hub.cuts = [100_000, 0, 0, 0]
    with pytest.raises(DownloadFailed):
        fetch(catalogue_model)
    other = bytearray(hub.files[WEIGHTS])
    other[-1] ^= 1
    hub.files[WEIGHTS] = bytes(other)
    fetch(catalogue_model)
    assert models.resolve(catalogue_model).weights.read_bytes() == bytes(other)
    assert left_over() == ["tiny-arch@test"]


@pytest.mark.parametrize("change", ["flipped", "longer"])
def test_a_wrong_checksum_is_said_and_the_file_deleted(
    hub: Hub, catalogue_model: str, change: str
) -> None:
    content = hub.files[WEIGHTS]
    hub.lie = content[:-1] + b"!" if change == "flipped" else b"!" + content
    with pytest.raises(DownloadFailed, match=r"checksum is wrong.*deleted"):
        fetch(catalogue_model)
    assert left_over() == []


@pytest.mark.parametrize(
    ("status", "code", "complaint"),
    [
        (404, "EntryNotFound", "weights are gone"),
        (404, "RepoNotFound", "weights are gone"),
        (401, "RepoNotFound", "HF_TOKEN"),
        (401, "GatedRepo", "gated.*accept its terms"),
        (403, "GatedRepo", "gated.*accept its terms"),
        (503, "", "error 503"),
        (418, "", "error 418"),
    ],
)
def test_a_hub_that_refuses_is_quoted_in_one_sentence(
    hub: Hub, catalogue_model: str, status: int, code: str, complaint: str
) -> None:
    offer = downloads.find(catalogue_model)
    hub.refusal = (status, code)
    with pytest.raises(DownloadFailed, match=complaint) as caught:
        downloads.find(catalogue_model)
    assert "\n" not in str(caught.value)
    with pytest.raises(DownloadFailed, match=complaint):
        downloads.download(offer)
    assert left_over() == []


def test_without_a_network_it_is_said(
    hub: Hub, catalogue_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # Bound, and nobody listens.
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        with pytest.raises(DownloadFailed, match=r"refused.*check the network"):
            downloads.find(catalogue_model)
    monkeypatch.setenv("HF_ENDPOINT", "file:///etc")
    with pytest.raises(DownloadFailed, match="HF_ENDPOINT"):
        downloads.find(catalogue_model)


def test_the_way_leads_through_a_proxy_if_there_is_one(
    hub: Hub, catalogue_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.invalid")
    monkeypatch.setenv("HTTP_PROXY", hub.address)
    monkeypatch.setenv("http_proxy", hub.address)
    with pytest.raises(DownloadFailed):
        downloads.find(catalogue_model)
    assert hub.asked[0][1].startswith(f"http://hub.invalid/{REPOSITORY}/resolve/main/")
    asked = len(hub.asked)
    monkeypatch.setenv("NO_PROXY", "hub.invalid")
    monkeypatch.setenv("no_proxy", "hub.invalid")
    with pytest.raises(DownloadFailed, match="cannot be reached"):
        downloads.find(catalogue_model)
    assert len(hub.asked) == asked


def test_a_token_is_given_to_the_hub_alone(
    hub: Hub, catalogue_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    fetch(catalogue_model)
    assert hub.tokens["someone"] == "Bearer hf_secret"
    assert hub.tokens["bytes"] is None


def test_a_renamed_repository_and_the_older_kind_of_weights_are_found(
    hub: Hub, catalogue_model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.save(load_file(tmp_path / "uploaded" / WEIGHTS), tmp_path / "weights.bin")
    hub.files = {"open_clip_pytorch_model.bin": (tmp_path / "weights.bin").read_bytes()}
    hub.renamed_from = "once/tiny-clip"
    tags = {"test": TAG | {"hf_hub": "once/tiny-clip/"}}
    monkeypatch.setitem(open_clip.pretrained._PRETRAINED, "tiny-arch", tags)
    file = downloads.find(catalogue_model).file
    assert file.name == "open_clip_pytorch_model.bin"
    assert hub.asked[0][1].startswith("/once/")


def test_a_licence_that_is_not_stated_is_no_obstacle(hub: Hub, catalogue_model: str) -> None:
    hub.licence = None
    assert downloads.find(catalogue_model).licence is None


def test_what_cannot_be_downloaded_is_said_before_the_hub_is_asked(
    hub: Hub, catalogue_model: str
) -> None:
    with pytest.raises(UnknownModel, match="models list"):
        downloads.find("nonsense:tag")
    with pytest.raises(ModelError, match="on this machine already"):
        downloads.find("starter")
    with pytest.raises(ModelError, match="tokenizer"):
        downloads.find("ViT-B-16-SigLIP:webli")
    assert hub.asked == []
    fetch(catalogue_model)
    asked = len(hub.asked)
    with pytest.raises(ModelError, match=r"on this machine already: .*safetensors"):
        downloads.find(catalogue_model)
    assert len(hub.asked) == asked


def test_a_disk_without_room_is_said_before_a_byte_is_fetched(
    hub: Hub, catalogue_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = downloads.find(catalogue_model)
    monkeypatch.setattr(own_models, "_SPARE_BYTES", 1 << 60)
    with pytest.raises(DiskFull, match=r"needs \d.* MB .* free: make space"):
        downloads.download(offer)
    assert hub.ranges() == []
    assert left_over() == []


_DOOR = """
import sys
from clipsearch.ml import downloads
import huggingface_hub, open_clip
from huggingface_hub.errors import OfflineModeIsEnabled
from tests.ml.conftest import TAG, TINY

open_clip.factory._MODEL_CONFIGS["tiny-arch"] = TINY
open_clip.pretrained._PRETRAINED["tiny-arch"] = {"test": TAG}
downloads.download(downloads.find("tiny-arch:test"))
try:
    huggingface_hub.HfApi().model_info("someone/tiny-clip")
except OfflineModeIsEnabled:
    sys.stdout.write("still closed")
"""


def test_a_download_opens_the_network_for_nothing_else(hub: Hub) -> None:
    # In a process of its own: which module comes first decides, and here open_clip may have.
    command = [sys.executable, "-c", _DOOR]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    assert done.stdout == "still closed"
    assert hub.sent == len(hub.files[WEIGHTS])


def test_a_removed_model_can_be_downloaded_again(hub: Hub, catalogue_model: str) -> None:
    fetch(catalogue_model)
    own_models.remove(catalogue_model)
    assert left_over() == []
    hub.cuts = [1000, 0, 0, 0]
    with pytest.raises(DownloadFailed):
        fetch(catalogue_model)
    own_models.remove(catalogue_model)  # What there is of it.
    assert left_over() == []
    with pytest.raises(UnknownModel, match="nothing to remove"):
        own_models.remove(catalogue_model)
    fetch(catalogue_model)
    assert models.resolve(catalogue_model).weights.exists()
