"""What is needed of the Hugging Face hub's protocol, and not a request more.

A HEAD on ``/{repository}/resolve/{revision}/{file}`` tells commit, size and SHA-256 of a large
file (``X-Repo-Commit``, ``X-Linked-Size``, ``X-Linked-Etag``); a GET on it redirects to where the
bytes lie, and takes ``Range``. ``HF_ENDPOINT`` names another hub, ``HTTPS_PROXY``, ``HTTP_PROXY``
and ``NO_PROXY`` are respected, ``HF_TOKEN`` is sent to the hub alone.
https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
"""

import http.client
import json
import os
import re
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from typing import IO, Any
from urllib.parse import quote, urljoin, urlsplit

import truststore

from clipsearch import __version__
from clipsearch.errors import DownloadFailed

_DEFAULT_ENDPOINT = "https://huggingface.co"
_TIMEOUT_S = 30.0  # without a byte
_CHUNK = 1 << 18  # bytes
_REDIRECTS = 5
_LARGEST_ANSWER = 8 << 20  # bytes, of the description of a repository
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PASSING = {408, 425, 429, 500, 502, 503, 504}


class Interrupted(Exception):
    """The connection broke, or the hub is overloaded: worth another try."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A large file on the hub, at one commit."""

    repository: str
    commit: str
    name: str
    size: int
    """Bytes."""
    sha256: str
    """Hex digest."""

    @property
    def url(self) -> str:
        """Where it is fetched from."""
        return _file_url(self.repository, self.commit, self.name)


def endpoint() -> str:
    """The hub's address, without a slash at the end.

    Raises:
        DownloadFailed: ``HF_ENDPOINT`` is no address of a web server.
    """
    address = os.environ.get("HF_ENDPOINT", "").rstrip("/") or _DEFAULT_ENDPOINT
    if urlsplit(address).scheme not in {"http", "https"}:
        raise DownloadFailed(f"HF_ENDPOINT is '{address}', which is no address: mend or unset it.")
    return address


def locate(repository: str, names: Sequence[str]) -> RemoteFile:
    """Find the first of some files that a repository has.

    Raises:
        DownloadFailed: It has none of them, may not be read, or cannot be reached.
    """
    missing: urllib.error.HTTPError | None = None
    for name in names:
        try:
            return _look_at(repository, name)
        except urllib.error.HTTPError as error:
            if error.code != http.HTTPStatus.NOT_FOUND:
                raise _refusal(repository, error) from error
            missing = error
        except Interrupted as error:
            raise unreachable(error) from error
    raise DownloadFailed(
        f"The weights are gone: {endpoint()}/{repository} has no {' or '.join(names)} (any more). "
        "Choose another model."
    ) from missing


def licence(repository: str) -> str | None:
    """The licence that a repository states, for example ``mit``.

    Raises:
        DownloadFailed: The hub cannot be reached.
    """
    url = f"{endpoint()}/api/models/{quote(repository)}"
    try:
        with _opened(_request(url)) as answer:
            card = json.loads(answer.read(_LARGEST_ANSWER)).get("cardData") or {}
            stated = card.get("license_name") or card.get("license")
    except Interrupted as error:
        raise unreachable(error) from error
    except (urllib.error.HTTPError, ValueError, AttributeError):
        return None  # A mirror may have the files alone.
    return str(stated) if stated else None


def unreachable(error: Interrupted, kept: str = "") -> DownloadFailed:
    """What to say when trying again has not helped.

    Args:
        error: The last one.
        kept: What there is to go on from, a sentence.
    """
    return DownloadFailed(
        f"{endpoint()} cannot be reached ({error}): check the network, and HTTPS_PROXY and "
        f"HF_ENDPOINT if they are set, then try again.{kept and f' {kept}'}"
    )


@contextmanager
def reading(file: RemoteFile, start: int) -> Iterator[tuple[int, Iterator[bytes]]]:
    """Fetch a file from some byte on.

    Returns:
        Where the bytes start (0 where the server knows no ranges), and the bytes in pieces.

    Raises:
        DownloadFailed: The hub refuses.
        Interrupted: The connection broke; before the first piece or at any later one.
    """
    request = _request(file.url)
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        answer = _opened(request)
    except urllib.error.HTTPError as error:
        raise _refusal(file.repository, error) from error
    with answer:
        yield _first_byte(answer, start), _pieces(answer)


def _first_byte(answer: http.client.HTTPResponse, wanted: int) -> int:
    if answer.status != http.HTTPStatus.PARTIAL_CONTENT:
        return 0
    told = re.match(r"bytes (\d+)-", answer.headers.get("Content-Range", ""))
    if told is None or int(told[1]) != wanted:
        raise Interrupted("the server sent another part than was asked for")
    return wanted


def _pieces(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    while True:
        try:
            piece = answer.read(_CHUNK)
        except (OSError, http.client.HTTPException) as error:
            raise Interrupted(_reason(error)) from error
        if not piece:
            return
        yield piece


def _look_at(repository: str, name: str) -> RemoteFile:
    """Ask for a file's facts.

    Raises:
        HTTPError: The hub refuses.
        Interrupted: The connection broke.
        DownloadFailed: The hub does not tell the facts.
    """
    url = _file_url(repository, "main", name)
    for _ in range(_REDIRECTS):
        request = _request(url, method="HEAD")
        with _opened(request, follow=False) as answer:
            facts = answer.headers
        found = _facts(repository, name, facts)
        if found is not None:
            return found
        # A repository that was renamed; where the bytes themselves lie does not tell the facts.
        target = urljoin(url, facts.get("Location", ""))
        if "Location" not in facts or urlsplit(target).netloc != urlsplit(url).netloc:
            break
        url = target
    raise DownloadFailed(
        f"{endpoint()} tells no checksum of {name} in {repository}, so what it sends could not be "
        "checked: use another HF_ENDPOINT."
    )


def _facts(repository: str, name: str, headers: Message) -> RemoteFile | None:
    checksum = headers.get("X-Linked-Etag", headers.get("ETag", ""))
    checksum = checksum.removeprefix("W/").strip('"').lower()
    size = headers.get("X-Linked-Size", "")
    if not (_SHA256.fullmatch(checksum) and size.isdecimal()):
        return None
    commit = headers.get("X-Repo-Commit", "main")
    return RemoteFile(repository, commit, name, int(size), checksum)


def _file_url(repository: str, revision: str, name: str) -> str:
    return f"{endpoint()}/{quote(repository)}/resolve/{quote(revision, safe='')}/{quote(name)}"


def _request(url: str, method: str = "GET") -> urllib.request.Request:
    headers = {"User-Agent": f"clipsearch/{__version__}", "Accept-Encoding": "identity"}
    request = urllib.request.Request(url, headers=headers, method=method)
    token = os.environ.get("HF_TOKEN", "").strip()
    if token:
        # Unredirected: the servers that hold the bytes have no business with it.
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    return request


class _Stay(urllib.request.HTTPRedirectHandler):
    """Takes a redirection for an answer."""

    def http_error_302(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
    ) -> Any:
        """Return the answer as it is."""
        return fp

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def _opened(request: urllib.request.Request, *, follow: bool = True) -> http.client.HTTPResponse:
    """Send a request.

    Raises:
        HTTPError: The hub refuses.
        Interrupted: It cannot be reached, or is overloaded.
    """
    # The trust store of the system: a company's proxy has a certificate of its own.
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    redirects = urllib.request.HTTPRedirectHandler() if follow else _Stay()
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), redirects)
    try:
        answer: http.client.HTTPResponse = opener.open(request, timeout=_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        error.close()  # The error is the answer, and holds its connection.
        if error.code in _PASSING:
            raise Interrupted(f"it answers with error {error.code}") from error
        raise
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Interrupted(_reason(error)) from error
    return answer


def _reason(error: Exception) -> str:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return f"no answer for {_TIMEOUT_S:.0f} s"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return str(cause) or type(cause).__name__


def _refusal(repository: str, error: urllib.error.HTTPError) -> DownloadFailed:
    where = f"{endpoint()}/{repository}"
    code = error.headers.get("X-Error-Code", "")
    if error.code == http.HTTPStatus.FORBIDDEN or "Gated" in code:
        return DownloadFailed(
            f"The model is gated: accept its terms at {where}, put a token of your account into "
            "HF_TOKEN, and try again."
        )
    if error.code == http.HTTPStatus.UNAUTHORIZED:
        return DownloadFailed(
            f"{where} may not be read without an account, or is gone: put a token into HF_TOKEN, "
            "or choose another model."
        )
    if error.code == http.HTTPStatus.NOT_FOUND:
        return DownloadFailed(f"The weights are gone from {where}: choose another model.")
    return DownloadFailed(f"{where} answers with error {error.code}: try again later.")
