"""The one way to the target: a stack of transports, and what is sent through it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Final

import httpx

from conformance import __version__
from conformance.config import connection as reach
from conformance.config.target import Connection, Limits, Target
from conformance.evidence.evidence_file import Evidence, WrittenEvidence
from conformance.evidence.evidence_reader import Testimony
from conformance.http.credentials import Account
from conformance.http.exchange import Exchange, Origin, Request
from conformance.redaction.masking import Seal, seal
from conformance.runtime import cpu_time, resource_exhaustion
from conformance.transport.connection_pool import Pool
from conformance.transport.content_decoding import ACCEPTED
from conformance.transport.deadline import bounded
from conformance.transport.direct import Line
from conformance.transport.outage import Recollection, Vigil
from conformance.transport.recording import EXCHANGE, INTENT, Recording
from conformance.transport.replay import NotRecordedError, RecalledEvidence, Replaying, reason, recorded
from conformance.transport.resources import ledger as ledgers
from conformance.transport.resources.ledger import Ledger, NotOwnedError
from conformance.transport.resources.live_limit import Room
from conformance.transport.same_origin import SameOrigin
from conformance.transport.throttling import Pacing, StoppedError
from conformance.transport.unmasking import Opening
from spec.operations import operation

UNKNOWN_ID: Final = "0e57ab1e-0000-4000-8000-00000000dead"  # a uuid that nobody was given
_OTHER_FILES: Final = 64  # descriptors that a run needs besides those of its connections, amply
_OWN: Final = (
    ("accept", "application/json"),
    ("accept-encoding", ACCEPTED),
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

    @cpu_time.TRANSPORT
    def send(self, request: Request, origin: Origin) -> Exchange:
        """Send one request; an exchange comes back even where no answer does."""
        outgoing = _outgoing(self.address, self.seal.account, self.connection, request, origin)
        try:
            self.ledger.handle_request(outgoing)
        except httpx.TransportError:
            if EXCHANGE not in outgoing.extensions:
                raise
        exchange: Exchange = outgoing.extensions[EXCHANGE]
        return exchange


@contextmanager
def connected(target: Target, limits: Limits, connection: Connection, folder: Path) -> Iterator[Wire]:
    """Open the stack, with its evidence and ledger files in the folder."""
    resource_exhaustion.allow_descriptors(limits.concurrency + _OTHER_FILES)
    sealing = seal(target.account, connection)
    known = sealing.target(target)
    with closing(WrittenEvidence(folder)) as evidence:
        bottom = connection.transport or _sockets(target, connection)
        opening = Opening(SameOrigin(bottom, target.url), sealing)
        recording = Recording(opening, evidence, sealing, limits.timeout)
        pacing = Pacing(
            recording, concurrency=limits.concurrency, per_second=limits.per_second, budget=limits.requests
        )
        pacing.last(limits.seconds)
        evidence.on_loss = pacing.stopped.set
        vigil = Vigil(
            pacing,
            lambda turn: _outgoing(target.url, target.account, connection, *_probe(known, turn)),
            evidence,
        )
        room = Room(limits.live, pacing.check)
        ledger = Ledger(vigil, folder / ledgers.FILE, _collections(known), room)
        ledger.file.on_loss = pacing.stopped.set
        with closing(ledger), _threads(limits) as bursts:
            yield Wire(known, target.url, limits, connection, sealing, evidence, ledger, pacing, bursts)


@contextmanager
def replayed(target: Target, limits: Limits, testimony: Testimony, folder: Path) -> Iterator[Wire]:
    """Open the same stack over what was recorded: nothing is sent, and nobody is waited for.

    The ledger that comes of it is written to the folder.
    """
    evidence = RecalledEvidence()
    replaying = Replaying(testimony, evidence)
    pacing = Pacing(replaying, concurrency=limits.concurrency, waits=False)
    answered = (testimony.footer or {}).get("answered")
    recollection = Recollection(pacing, answered, reason(testimony))
    ledger = Ledger(recollection, folder / ledgers.FILE, _collections(target))
    sealed, direct = Seal(target.account), Connection()
    with closing(ledger), _threads(limits) as bursts:
        wire = Wire(target, target.url, limits, direct, sealed, evidence, ledger, pacing, bursts)
        _recall_probes(wire)
        yield wire


def recall(wire: Wire, testimony: Testimony, check: str) -> None:
    """Send what a check sent that acts by the clock, as a replay has none.

    What the ledger holds back, because it was found in a list, is taken into the evidence alone.
    """
    for request, origin in recorded(testimony, check):
        with suppress(StoppedError, httpx.TransportError):
            try:
                wire.send(request, origin)
            except NotOwnedError:
                outgoing = _outgoing(wire.address, wire.seal.account, wire.connection, request, origin)
                wire.pacing.handle_request(outgoing)


def _recall_probes(wire: Wire) -> None:
    """Take what the target was asked while nothing came from it into the evidence again."""
    with suppress(NotRecordedError):
        for turn in count(1):
            asked = _probe(wire.target, turn)
            probe = _outgoing(wire.address, wire.seal.account, wire.connection, *asked)
            with suppress(httpx.TransportError):
                wire.pacing.handle_request(probe)


def _probe(target: Target, turn: int) -> tuple[Request, Origin]:
    """Return what a target is asked that stopped answering: any answer at all will do."""
    profile, asked = ("VC", "video") if "video" in target.profiles else ("FCR", "fabric")
    collection = target.locate(operation(f"{profile}-CREATE").path)
    origin = Origin(f"probe of {asked}", f"{profile}-GET", turn, judged=False)
    return Request("GET", f"{collection}/{UNKNOWN_ID}"), origin


def _outgoing(
    address: httpx.URL, account: Account, connection: Connection, request: Request, origin: Origin
) -> httpx.Request:
    authorization = request.credential.header(account)
    granted = (("authorization", authorization),) if authorization is not None else ()
    named = {name.lower() for name, _ in connection.headers}  # what the user sets is not set by us
    usual = (pair for pair in _OWN if pair[0] not in named)
    return httpx.Request(
        request.method,
        _url(str(address), request.target),
        headers=[*usual, *request.headers, *connection.headers, *granted],
        content=request.body or None,
        extensions={INTENT: (request, origin)},
    )


@lru_cache(maxsize=1000)
def _url(address: str, target: str) -> httpx.URL:
    """Return a path and query at the origin of an address; many requests in a row have the same."""
    return httpx.URL(f"{_origin(address)}{target}")


@lru_cache(maxsize=8)
def _origin(address: str) -> str:
    return str(httpx.URL(address).copy_with(path="/", query=None)).rstrip("/")


def _collections(target: Target) -> frozenset[str]:
    """Return the paths whose creates are written down."""
    return frozenset(target.locate(operation(name).path) for name in ("VC-CREATE", "FCR-CREATE"))


def _threads(limits: Limits) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(limits.concurrency, thread_name_prefix="burst")


def _sockets(target: Target, connection: Connection) -> Pool:
    addresses = (str(target.url), connection.proxy or "")
    tls = reach.tls(connection, used=any(each.lower().startswith("https:") for each in addresses))
    if connection.proxy is None:
        tls.set_alpn_protocols(["http/1.1"])
        return Pool(lambda: Line(tls))
    proxy = reach.proxy(connection.proxy, tls)
    return Pool(lambda: bounded(httpx.HTTPTransport(verify=tls, proxy=proxy, trust_env=False)))
