"""Noise between the suite and a correct target: gateway errors, lost connections and damaged responses.

All noise follows from a seed and the number of the request, so a run with one worker is reproducible.
"""

import random
import threading
import time
from dataclasses import dataclass
from typing import Final

import httpx

KINDS: Final = (
    "502",
    "503",
    "504",
    "reset",
    "lost",
    "truncated",
    "cut",
    "delay",
    "twice",
    "429",
    "408",
    "425",
    "520",
)
_PAGE: Final = b"<html><head><title>Error</title></head><body><center>nginx</center></body></html>"
_DELAY: Final = 0.02  # seconds


@dataclass(frozen=True)
class Noise:
    """The kinds of noise, and the probability with which a request meets any of them."""

    probability: float
    seed: int
    kinds: tuple[str, ...] = KINDS


class NoisyTransport(httpx.BaseTransport):
    """Passes requests to another transport, and disturbs some of them."""

    def __init__(self, inner: httpx.BaseTransport, noise: Noise) -> None:
        self._inner = inner
        self._noise = noise
        self._random = random.Random(noise.seed)
        self._lock = threading.Lock()
        self.disturbed = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response of the target, or what a disturbance leaves of it."""
        with self._lock:
            is_disturbed = self._random.random() < self._noise.probability
            kind = self._random.choice(self._noise.kinds)
            reaches_target = self._random.random() < 0.5
            self.disturbed += is_disturbed
        return (
            self._disturb(request, kind, reaches_target=reaches_target)
            if is_disturbed
            else self._pass_on(request)
        )

    def close(self) -> None:
        """Close the other transport."""
        self._inner.close()

    def _pass_on(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        response.read()
        return response

    def _disturb(self, request: httpx.Request, kind: str, *, reaches_target: bool) -> httpx.Response:
        if kind.isdecimal():
            if reaches_target and kind in {"502", "504"}:
                self._pass_on(request)
            return httpx.Response(int(kind), headers={"content-type": "text/html"}, content=_PAGE)
        if kind == "delay":
            time.sleep(_DELAY)
            return self._pass_on(request)
        if kind == "reset":
            raise httpx.ReadError("connection reset by peer")
        response = self._pass_on(request)
        if kind == "lost":
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        if kind == "twice":  # a gateway that delivers a request a second time, and returns the first response
            self._pass_on(request)
            return response
        if kind == "cut":
            raise httpx.RemoteProtocolError("the connection ended before the response was complete")
        return _truncated(response)


def _truncated(response: httpx.Response) -> httpx.Response:
    """Return a response whose body ends in the middle, with a matching Content-Length."""
    headers = [pair for pair in response.headers.raw if pair[0].lower() != b"content-length"]
    content = response.content[: len(response.content) // 2]
    return httpx.Response(response.status_code, headers=headers, content=content)
