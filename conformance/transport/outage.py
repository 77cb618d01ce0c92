"""An answer that does not come: is the target gone, or is it this request that is not answered?

Where nothing else was answered since, the target is given some time and asked again. If it is silent then as
well, it is gone: nothing more is sent, and nothing is concluded from what was lost last. Those who judge the
evidence again go by the number of the last exchange that was answered.
"""

import threading
from collections.abc import Callable
from typing import Final

import httpx

from conformance.evidence.evidence_file import Evidence
from conformance.http.exchange import Exchange
from conformance.transport.recording import EXCHANGE
from conformance.transport.throttling import Pacing, StoppedError

_MOST_KEPT: Final = 96 * 1024 * 1024  # bytes of answers that are still to be judged
_SILENCES: Final = (
    "ConnectError",
    "ConnectTimeout",
    "ReadError",
    "ReadTimeout",
    "WriteError",
    "WriteTimeout",
    "ProxyError",
    "RemoteProtocolError: Server disconnected",
)
PAUSES: Final = (0.25, 0.5, 1.0, 1.5)  # seconds before each time that the target is asked again


class Vigil(httpx.BaseTransport):
    """Waits for a target that stopped answering, and ends the run where it does not come back."""

    def __init__(self, pacing: Pacing, probe: Callable[[int], httpx.Request], evidence: Evidence) -> None:
        self._pacing = pacing
        self._evidence = evidence
        self._probe = probe
        self._probes = 0
        self._gone = False  # whether all patience was in vain before
        self._watching = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on; raise StoppedError where it was lost with the target itself."""
        try:
            response = self._pacing.handle_request(request)
        except httpx.TransportError:
            self._watch(request)
            raise
        if _exchange(request).busy:
            self._watch(request)
        else:
            self._pacing.lives(_exchange(request).number)
        if self._evidence.size > _MOST_KEPT:
            self._pacing.halt(StoppedError("the answers are too large to keep them all", "size"))
        return response

    def close(self) -> None:
        """Close what is below."""
        self._pacing.close()

    def _watch(self, request: httpx.Request) -> None:
        """Return as soon as the target answers; of all whose requests were lost, one asks it."""
        lost = _exchange(request)
        if self._pacing.answered == 0 or not _silent(lost):
            return  # nobody was ever there, or somebody is, whatever he says
        with self._watching:
            try:
                self._pacing.check()
                if not self._answers(lost):
                    self._gone = True
                    self._pacing.halt(_reason(lost))
                    self._pacing.check()
            except StoppedError:
                if self._pacing.answered < lost.number:
                    raise

    def _answers(self, lost: Exchange) -> bool:
        if self._pacing.answered > lost.number:
            return True
        if lost.busy:  # it was waited for
            return self._ask()
        for pause in () if self._gone else PAUSES:
            self._pacing.pause(pause)
            if self._pacing.answered > lost.number or self._ask():
                return True
        return False

    def _ask(self) -> bool:
        self._probes += 1
        probe = self._probe(self._probes)
        try:
            self._pacing.handle_request(probe)
        except httpx.TransportError:
            return False
        if _exchange(probe).busy:
            return False
        self._pacing.lives(_exchange(probe).number)
        return True


class Recollection(httpx.BaseTransport):
    """Comes to the same end from the evidence: what was lost after the last answer went with the target."""

    def __init__(self, inner: httpx.BaseTransport, answered: int | None, reason: StoppedError) -> None:
        self._inner = inner
        self._answered = answered  # None where the target did not go away
        self._reason = reason

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on; raise StoppedError where it was lost with the target itself."""
        try:
            response = self._inner.handle_request(request)
        except httpx.TransportError:
            self._recall(request)
            raise
        if _exchange(request).busy:
            self._recall(request)
        return response

    def close(self) -> None:
        """Close what is below."""
        self._inner.close()

    def _recall(self, request: httpx.Request) -> None:
        lost = _exchange(request)
        if self._answered is not None and _silent(lost) and lost.number > self._answered:
            raise self._reason


def _silent(lost: Exchange) -> bool:
    """Tell whether nothing came, or nothing more; a wrong answer is a sign of life."""
    return lost.busy or (lost.failure or "").startswith(_SILENCES)


def _exchange(request: httpx.Request) -> Exchange:
    exchange: Exchange = request.extensions[EXCHANGE]
    return exchange


def _reason(lost: Exchange) -> StoppedError:
    if lost.busy:
        return StoppedError(f"the target goes on answering {lost.status}", "busy")
    return StoppedError("the target stopped answering", "outage")
