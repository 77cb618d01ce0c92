"""Resending of requests whose response may be due to a disturbance between the suite and the target.

A gateway that does not reach the target, a connection that is lost and a truncated body say nothing about the
target. The same request is sent again; only what the target shows repeatedly is an observation.
"""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

from conformance.http.exchange import Exchange, Origin, Request
from conformance.transport.throttling import RunStoppedError

RESEND_DELAYS: Final = (0.05, 0.25, 0.75)  # seconds before each resend
_PERSISTENT: Final = (
    5  # requests of an operation with the same result each time, after which one resend suffices
)

Send = Callable[[Request, Origin], Exchange]


class ResendPolicy(Protocol):
    """Decides how often a request is sent again."""

    def waits_to_resend(self, exchange: Exchange) -> bool:
        """Return whether the request of an exchange is to be sent again, after waiting."""

    def note_success(self, operation: str) -> None:
        """Note that a resend ended a disturbance of an operation."""


class Resender:
    """Sends requests, and sends those again whose exchange is unreliable."""

    def __init__(self, policy: ResendPolicy) -> None:
        self._policy = policy
        self._lock = threading.Lock()
        self._disturbances: Counter[str] = Counter()  # exchanges that a resend did not confirm, by kind

    def send(self, send: Send, request: Request, origin: Origin) -> Exchange:
        """Send a request until its exchange is reliable or the policy ends it, and return the last exchange.

        A response that may be due to the effect of an earlier sending decides nothing. The first exchange is
        returned in its place.
        """
        first = exchange = send(request, origin)
        unconfirmed = []
        while exchange.can_be_resent and self._policy.waits_to_resend(exchange):
            unconfirmed.append(exchange)
            exchange = send(request, replace(origin, resend=exchange.origin.resend + 1))
        if unconfirmed and not exchange.can_be_resent:
            self._policy.note_success(origin.operation)
            self._note(unconfirmed)
        return first if exchange.may_follow_from_resending else exchange

    @property
    def note(self) -> str | None:
        """Return a sentence about the disturbances, or None if there were none."""
        if not self._disturbances:
            return None
        total = self._disturbances.total()
        kinds = ", ".join(f"{kind} ({count})" for kind, count in sorted(self._disturbances.items()))
        noun = "response" if total == 1 else "responses"
        return f"unstable target: {total:,} {noun} not confirmed when the request was sent again: {kinds}"

    def _note(self, exchanges: list[Exchange]) -> None:
        with self._lock:
            self._disturbances.update(map(_kind, exchanges))


class AdaptivePolicy:
    """Resends a few times, but only once for an operation that repeatedly gives the same result."""

    def __init__(self, pause: Callable[[float], None]) -> None:
        self._pause = pause
        self._lock = threading.Lock()
        self._persistent: Counter[str] = Counter()  # requests with the same result each time, by operation
        self._transient: set[str] = set()  # operations with a disturbance that a resend has ended

    def waits_to_resend(self, exchange: Exchange) -> bool:
        """Wait, and return whether the request of an exchange is to be sent again."""
        operation, resend = exchange.origin.operation, exchange.origin.resend
        with self._lock:
            is_persistent = self._persistent[operation] >= _PERSISTENT and operation not in self._transient
            if resend >= (1 if is_persistent else len(RESEND_DELAYS)):
                self._persistent[operation] += 1
                return False
        if not is_persistent:
            self._pause(RESEND_DELAYS[resend])
        return True

    def note_success(self, operation: str) -> None:
        """Note that a resend ended a disturbance of an operation."""
        with self._lock:
            self._transient.add(operation)


class RecordedPolicy:
    """Resends what the recorded run has sent again."""

    def __init__(self, is_recorded: Callable[[Request, Origin], bool], not_recorded: RunStoppedError) -> None:
        """Initialize with the exception that ends a replay where the evidence ends."""
        self._is_recorded = is_recorded
        self._not_recorded = not_recorded

    def waits_to_resend(self, exchange: Exchange) -> bool:
        """Return whether the evidence has another sending of the request.

        Raise RunStoppedError if it has only the first one: the run was stopped before the second.
        """
        origin = replace(exchange.origin, resend=exchange.origin.resend + 1)
        is_recorded = self._is_recorded(exchange.request, origin)
        if not is_recorded and exchange.origin.resend == 0:
            raise self._not_recorded
        return is_recorded

    def note_success(self, operation: str) -> None:
        """Ignore it: the evidence determines what is sent again."""


def _kind(exchange: Exchange) -> str:
    if exchange.status is None:
        return "connection lost"
    return "truncated body" if exchange.is_truncated else f"status {exchange.status}"
