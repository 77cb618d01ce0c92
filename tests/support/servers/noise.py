"""Noise between the suite and a correct target: gateway errors, lost connections and damaged responses.

All noise follows from a seed and the order of the requests. `python -m tests.support.servers.noise RUNS` runs
all checks at effort smoke behind noise, and prints how many runs have a requirement that failed.
"""

import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from unittest.mock import patch

import httpx

from conformance.config.settings import Effort
from conformance.engine.session.run_session import RunSession
from conformance.mutation.check_runner import CheckRunner
from conformance.mutation.in_process_server import InProcessTransport
from conformance.results.verdict import Verdict
from conformance.transport import outage, resending, throttling

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


_PROBABILITIES: Final = (1 / 40, 1 / 100, 1 / 200, 1 / 500)


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


@contextmanager
def shorten_delays() -> Iterator[None]:
    """Shorten the delays before resends, retries and probes."""
    with (
        patch.object(resending, "RESEND_DELAYS", (0.001, 0.005, 0.01)),
        patch.object(outage, "PROBE_DELAYS", (0.005, 0.01, 0.02, 0.05)),
        patch.object(throttling, "_FIRST_WAIT", 0.005),
    ):
        yield


def _verdicts(bench: CheckRunner, seed: int) -> Counter[str]:
    """Return the number of requirements by verdict of a run behind noise."""
    noise = Noise(_PROBABILITIES[seed % len(_PROBABILITIES)], seed)
    transport = NoisyTransport(InProcessTransport(), noise)
    with tempfile.TemporaryDirectory() as folder:
        session = RunSession(bench.settings(transport, Path(folder)))
        with session.open(bench.checks) as can_run:
            outcomes = [session.decide(check)[0] for check in bench.checks] if can_run else []
    return Counter(str(outcome.verdict) for outcome in outcomes)


def main(runs: int) -> int:
    """Run all checks behind noise with several seeds; return 1 if a requirement failed."""
    bench, failed = CheckRunner(Effort.SMOKE, Effort.SMOKE), 0
    with shorten_delays():
        for seed in range(runs):
            verdicts = _verdicts(bench, seed)
            failed += verdicts[Verdict.FAILED] > 0
            sys.stdout.write(f"seed {seed}: {dict(verdicts)}\n")
    sys.stdout.write(f"{failed} of {runs} runs have a requirement that failed\n")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
