"""Requests and reservations that the limit of live resources rejects, so that a replay rejects them as well.

Whether a slot becomes free in time depends on the clock and on other threads, and a replay has neither a
clock nor a limit. The footer of the evidence therefore names what was rejected.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Final

from conformance.http.exchange import Origin, Request
from conformance.transport.resources.live_limit import LiveLimitError

_KEY_LENGTH: Final = 32  # hexadecimal digits


class LimitRejections:
    """The rejections of a run, which it records."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys_by_reason: dict[str, set[str]] = {}

    @contextmanager
    def request(self, request: Request, origin: Origin) -> Iterator[None]:
        """Record an error of the limit while a request is sent."""
        with self._recorded(lambda: _key("request", origin, request)):
            yield

    @contextmanager
    def reservation(self, origin: Origin, slots: int) -> Iterator[None]:
        """Record an error of the limit while slots are reserved."""
        with self._recorded(lambda: _key("reservation", origin, slots)):
            yield

    @property
    def footer(self) -> Mapping[str, Mapping[str, Sequence[str]]]:
        """Return the member of the footer that lists the rejections by reason; nothing without rejections."""
        with self._lock:
            rejected = {reason: sorted(keys) for reason, keys in self._keys_by_reason.items()}
        return {"rejected": rejected} if rejected else {}

    @contextmanager
    def _recorded(self, key: Callable[[], str]) -> Iterator[None]:
        try:
            yield
        except LiveLimitError as error:
            with self._lock:
                self._keys_by_reason.setdefault(str(error), set()).add(key())
            raise


class RecordedRejections(LimitRejections):
    """The rejections in the evidence of a run, which a replay repeats.

    A request of which the evidence has another response was rejected only after it.
    """

    def __init__(
        self, rejected: Mapping[str, Sequence[str]], has_response: Callable[[Request, Origin], bool]
    ) -> None:
        super().__init__()
        self._reasons = {key: reason for reason, keys in rejected.items() for key in keys}
        self._has_response = has_response

    @contextmanager
    def request(self, request: Request, origin: Origin) -> Iterator[None]:
        """Raise the error that the run recorded for a request."""
        if self._reasons and not self._has_response(request, origin):
            self._raise_if_rejected(_key("request", origin, request))
        yield

    @contextmanager
    def reservation(self, origin: Origin, slots: int) -> Iterator[None]:
        """Raise the error that the run recorded for a reservation."""
        self._raise_if_rejected(_key("reservation", origin, slots))
        yield

    def _raise_if_rejected(self, key: str) -> None:
        if key in self._reasons:
            raise LiveLimitError(self._reasons[key])


def _key(kind: str, origin: Origin, subject: object) -> str:
    return sha256(repr((kind, origin, subject)).encode()).hexdigest()[:_KEY_LENGTH]
