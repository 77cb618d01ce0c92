"""Waiting until the target is ready to be tested, before the preflight (--wait)."""

import time
from collections.abc import Callable
from threading import Event
from typing import Final

from conformance.config.settings import Settings
from conformance.engine.preflight.round_trips import PreflightError
from conformance.http.exchange import Exchange
from conformance.runtime.shutdown import INTERRUPTION
from conformance.transport import deadline
from conformance.transport.stack import open_probe

NOT_READY: Final = frozenset({502, 503, 504})  # of a gateway in place of the target, or of one that starts
_INTERVAL: Final = 1.0  # seconds between two probes
_MIN_PROBE_TIME: Final = 0.5  # seconds for a probe even if less time remains
_TLS_ERROR: Final = "SSL"
_TLS_CLOSED: Final = "EOF"  # a TLS error of a server that starts or stops


def wait_until_ready(settings: Settings, on_not_ready: Callable[[str, float], None] | None = None) -> float:
    """Wait until the target is ready, and return the seconds; at once without --wait, or on an interruption.

    Raise PreflightError if the target is not ready in time. `on_not_ready` receives why it is not ready, and
    for how long it has been waited for.
    """
    limit = settings.limits.wait
    if not limit:
        return 0.0
    started, stopped = time.monotonic(), Event()
    with (
        open_probe(settings.target, settings.connection, settings.limits.timeout) as probe,
        INTERRUPTION.on_stop(stopped.set, str),
    ):
        while True:
            with deadline.within(max(_MIN_PROBE_TIME, started + limit - time.monotonic())):
                problem = _problem(probe())
            waited = time.monotonic() - started
            if problem is None or stopped.is_set():
                return waited
            if waited >= limit:
                raise PreflightError(
                    f"{settings.target.origin} is not ready after {limit:g} s (--wait): {problem}",
                    "Check that the server starts and that --target is its address, or wait longer.",
                )
            if on_not_ready is not None:
                on_not_ready(problem, waited)
            stopped.wait(min(_INTERVAL, limit - waited))


def _problem(exchange: Exchange) -> str | None:
    """Return why a target is not ready; None if it is, or if waiting does not help."""
    if exchange.response is not None:
        status = exchange.response.status
        return f"it returns status {status}" if status in NOT_READY else None
    failure = exchange.failure or "no response"
    return None if _TLS_ERROR in failure and _TLS_CLOSED not in failure else failure
