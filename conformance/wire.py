"""The one way to the target: a stack of transports, and what is sent through it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx

from conformance import __version__, reach
from conformance.evidence import Evidence, Testimony, WrittenEvidence
from conformance.exchange import Exchange, Origin, Request
from conformance.sealing import Seal, seal
from conformance.target import Connection, Limits, Target
from conformance.transport import ledger as ledgers
from conformance.transport.ledger import Ledger
from conformance.transport.opening import Opening
from conformance.transport.origin import SameOrigin
from conformance.transport.pacing import Pacing
from conformance.transport.pool import Pool
from conformance.transport.recording import EXCHANGE, INTENT, Recording
from conformance.transport.replaying import RecalledEvidence, Replaying
from conformance.transport.room import Room
from spec.operations import operation

_OWN: Final = (
    ("accept", "application/json"),
    ("accept-encoding", "gzip, deflate"),
    ("user-agent", f"conference-conformance/{__version__}"),
)


@dataclass(frozen=True)
class Wire:
    """Sends requests to the target and gives back exchanges."""

    target: Target  # as it is known above: with a stand-in for its account
    address: httpx.URL  # where it is
    limits: Limits
    connection: Connection
    seal: Seal
    evidence: Evidence
    ledger: Ledger
    pacing: Pacing
    bursts: ThreadPoolExecutor  # sends the independent cases of all checks

    def send(self, request: Request, origin: Origin) -> Exchange:
        """Send one request; an exchange comes back even where no answer does."""
        outgoing = self._outgoing(request, origin)
        try:
            self.ledger.handle_request(outgoing)
        except httpx.TransportError:
            if EXCHANGE not in outgoing.extensions:
                raise
        exchange: Exchange = outgoing.extensions[EXCHANGE]
        return exchange

    def _outgoing(self, request: Request, origin: Origin) -> httpx.Request:
        authorization = request.credential.header(self.seal.account)
        granted = (("authorization", authorization),) if authorization is not None else ()
        timeout = dict.fromkeys(("connect", "read", "write", "pool"), self.limits.timeout)
        base = self.address.copy_with(path="/", query=None)
        return httpx.Request(
            request.method,
            f"{str(base).rstrip('/')}{request.target}",
            headers=[*self._usual(), *request.headers, *self.connection.headers, *granted],
            content=request.body or None,
            extensions={INTENT: (request, origin), "timeout": timeout},
        )

    def _usual(self) -> list[tuple[str, str]]:
        """Return our own headers, but for those that were asked for otherwise."""
        named = {name.lower() for name, _ in self.connection.headers}
        return [pair for pair in _OWN if pair[0] not in named]


@contextmanager
def connected(target: Target, limits: Limits, connection: Connection, folder: Path) -> Iterator[Wire]:
    """Open the stack, with its evidence and ledger files in the folder."""
    sealing = seal(target.account, connection)
    known = sealing.target(target)
    with closing(WrittenEvidence(folder)) as evidence:
        bottom = connection.transport or _sockets(connection)
        opening = Opening(SameOrigin(bottom, target.url), sealing)
        recording = Recording(opening, evidence, sealing, limits.timeout)
        pacing = Pacing(
            recording, concurrency=limits.concurrency, per_second=limits.per_second, budget=limits.requests
        )
        evidence.on_loss = pacing.stopped.set
        room = Room(limits.live, pacing.stopped)
        ledger = Ledger(pacing, folder / ledgers.FILE, _collections(known), room)
        with closing(ledger), _threads(limits) as bursts:
            yield Wire(known, target.url, limits, connection, sealing, evidence, ledger, pacing, bursts)


@contextmanager
def replayed(target: Target, limits: Limits, testimony: Testimony) -> Iterator[Wire]:
    """Open the same stack over what was recorded: nothing is sent, and nobody is waited for."""
    evidence = RecalledEvidence()
    replaying = Replaying(testimony, evidence)
    pacing = Pacing(replaying, concurrency=limits.concurrency, waits=False)
    with TemporaryDirectory() as folder:
        ledger = Ledger(pacing, Path(folder, ledgers.FILE), _collections(target))
        with closing(ledger), _threads(limits) as bursts:
            yield Wire(
                target,
                target.url,
                limits,
                Connection(),
                Seal(target.account),
                evidence,
                ledger,
                pacing,
                bursts,
            )


def _collections(target: Target) -> frozenset[str]:
    """Return the paths whose creates are written down."""
    return frozenset(target.locate(operation(name).path) for name in ("VC-CREATE", "FCR-CREATE"))


def _threads(limits: Limits) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(limits.concurrency, thread_name_prefix="burst")


def _sockets(connection: Connection) -> Pool:
    tls = reach.tls(connection)
    proxy = reach.proxy(connection.proxy, tls) if connection.proxy else None
    return Pool(lambda: httpx.HTTPTransport(verify=tls, proxy=proxy, trust_env=False))
