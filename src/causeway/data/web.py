"""HTTP that does not give up easily: byte ranges, back-off, stall limit, politeness.

``requests`` carries it, because it follows the proxy and certificate settings of the machine
(``HTTPS_PROXY``, ``REQUESTS_CA_BUNDLE``, ``.netrc``) and comes with Snakemake anyway. Its own
retries are off: they start before the body and cannot resume one that broke off.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self, TypeVar

import requests
import urllib3
from requests.adapters import HTTPAdapter

from causeway.errors import InputError

log = logging.getLogger(__name__)

T = TypeVar("T")

PROGRESS = 1 << 20
PASSING = {408, 425, 429, 500, 502, 503, 504}
REMEDY = "Check the connection, or take the file from a folder or server with --config mirror=DIR"


@dataclass(frozen=True)
class Patience:
    """How long to insist, all times in seconds."""

    tries: int = 7
    """Tries in a row that bring less than a mebibyte, before giving up."""
    unreachable: int = 4
    """Tries when no connection comes about at all."""
    first_wait: float = 1.0
    """Pause after the first failure; doubled from then on."""
    longest_wait: float = 60.0
    """Upper limit of the doubling."""
    longest_request: float = 900.0
    """Longest ``Retry-After`` of a server that is obeyed; more than that is an error."""
    connect: float = 20.0
    """Limit for opening a connection."""
    stall: float = 60.0
    """Limit for a connection on which nothing arrives."""


@dataclass(frozen=True)
class Origin:
    """A file as its server describes it."""

    size: int | None = None
    etag: str | None = None
    modified: str | None = None

    @property
    def validator(self) -> str | None:
        """Value for ``If-Range``: a strong entity tag, else the date (RFC 9110, 13.1.5)."""
        if self.etag and not self.etag.startswith("W/"):
            return self.etag
        return self.modified

    def differs(self, other: "Origin") -> bool:
        """Whether two descriptions cannot be of the same file.

        Of the validators that both have, one that agrees is enough: the machines behind one
        address may give the same file different entity tags.
        """
        if None not in (self.size, other.size) and self.size != other.size:
            return True
        pairs = ((self.etag, other.etag), (self.modified, other.modified))
        known = [pair for pair in pairs if None not in pair]
        return bool(known) and all(ours != theirs for ours, theirs in known)


class MissingError(InputError):
    """The server is well and does not have the file."""


class AgainError(Exception):
    """A try failed in a way that another one may mend."""

    def __init__(self, reason: str, *, wait: float | None = None, reached: bool = True) -> None:
        super().__init__(reason)
        self.wait = wait
        self.reached = reached


class Client:
    """A polite HTTP client; one may serve several threads.

    Parameters
    ----------
    patience
        How long to insist.
    workers
        Connections kept open.
    interval
        Seconds between the starts of two requests.
    """

    def __init__(
        self, patience: Patience | None = None, *, workers: int = 1, interval: float = 0.0
    ) -> None:
        self.patience = patience or Patience()
        self._interval = interval
        self._turn = threading.Lock()
        self._last = -float("inf")
        self._session = requests.Session()
        # Encoded bodies could be neither resumed nor compared with a checksum of the file.
        self._session.headers.update({"Accept-Encoding": "identity", "User-Agent": "causeway"})
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=workers))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def probe(self, url: str) -> Origin:
        """Ask for size and validators of a file, by its first byte.

        Raises
        ------
        InputError
            If the server cannot be reached or does not have the file.
        """

        def attempt() -> Origin:
            with self.get(url, {"Range": "bytes=0-0"}) as response:
                return described(response)

        return self.insist(url, attempt)

    def insist(
        self, url: str, attempt: Callable[[], T], brought: Callable[[], int] = lambda: 0
    ) -> T:
        """Try until it works or patience ends.

        Parameters
        ----------
        url
            Address, for messages.
        attempt
            One try; raises :class:`AgainError` if another one may help.
        brought
            Tells the bytes that all tries brought so far; progress renews patience.

        Raises
        ------
        InputError
            When patience ends.
        """
        patience = self.patience
        failures, mark, began = 0, brought(), time.monotonic()
        while True:
            try:
                return attempt()
            except AgainError as error:
                if brought() - mark >= PROGRESS:
                    failures, mark = 0, brought()
                failures += 1
                allowed = patience.tries if error.reached else patience.unreachable
                if failures >= allowed:
                    spent = time.monotonic() - began
                    raise InputError(
                        url, f"{error} (try {failures}, after {spent:.0f} s)", REMEDY
                    ) from error
                wait = self._pause(failures) if error.wait is None else error.wait
                if wait > patience.longest_request:
                    raise InputError(
                        url, f"the server asks to come back in {wait:.0f} s", "Try again later"
                    ) from error
                log.warning(
                    "%s: %s; try %d of %d in %.1f s", url, error, failures + 1, allowed, wait
                )
                time.sleep(wait)

    def _pause(self, failures: int) -> float:
        """Exponential back-off with jitter, drawn apart from the seeded generators."""
        doubled = self.patience.first_wait * 2 ** (failures - 1)
        return min(doubled, self.patience.longest_wait) * random.SystemRandom().uniform(0.5, 1)

    def _wait_turn(self) -> None:
        with self._turn:
            time.sleep(max(0.0, self._last + self._interval - time.monotonic()))
            self._last = time.monotonic()

    @contextmanager
    def get(self, url: str, headers: dict[str, str]) -> Iterator[requests.Response]:
        """One try of a GET; failures of the connection, also later in the body, become one."""
        self._wait_turn()
        try:
            limits = (self.patience.connect, self.patience.stall)
            with self._session.get(url, headers=headers, stream=True, timeout=limits) as response:
                _refuse(url, response)
                yield response
        except (requests.exceptions.Timeout, urllib3.exceptions.ReadTimeoutError) as error:
            reached = not isinstance(error, requests.exceptions.ConnectTimeout)
            raise AgainError(
                f"nothing arrived for {self.patience.stall:g} s"
                if reached
                else f"no connection within {self.patience.connect:g} s",
                reached=reached,
            ) from error
        except requests.exceptions.ConnectionError as error:
            cause = error.args[0] if error.args else error
            reached = not isinstance(cause, urllib3.exceptions.MaxRetryError)
            reason = getattr(cause, "reason", cause)
            raise AgainError(f"no connection ({reason})", reached=reached) from error
        except urllib3.exceptions.HTTPError as error:
            raise AgainError(f"the connection broke off ({error})") from error
        except requests.exceptions.RequestException as error:
            raise InputError(
                url, f"cannot be requested ({error})", "Correct the address"
            ) from error


def _refuse(url: str, response: requests.Response) -> None:
    status = response.status_code
    if status in (200, 206, 416):
        return
    said = f"the server answered {status} {response.reason}"
    if status in PASSING:
        raise AgainError(said, wait=_retry_after(response.headers.get("Retry-After")))
    remedy = "Check the address, and whether the publisher moved or withdrew the file"
    kind = MissingError if status in (404, 410) else InputError
    raise kind(url, said, f"{remedy}, or use --config mirror=DIR")


def _retry_after(value: str | None) -> float | None:
    """Seconds that a server asks for, given as a number or as a date."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def described(response: requests.Response) -> Origin:
    """Size and validators of the file that a response is about."""
    found = response.headers
    length = found.get("Content-Range", "").rpartition("/")[2]
    if response.status_code == 200:
        length = found.get("Content-Length", "")
    size = int(length) if length.isdigit() else None
    return Origin(size, found.get("ETag"), found.get("Last-Modified"))
