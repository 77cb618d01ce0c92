"""The transport stack, through which every request to the target is sent."""

from collections.abc import Callable, Iterator, Sequence
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
from conformance.evidence.evidence_file import Evidence, EvidenceFile
from conformance.evidence.evidence_reader import RecordedRun
from conformance.http.credentials import NO_CREDENTIALS, Account
from conformance.http.exchange import Exchange, Origin, Request
from conformance.redaction.masking import SecretMask, secret_mask
from conformance.runtime import cpu_time, resource_exhaustion
from conformance.transport.connection_pool import ConnectionPool
from conformance.transport.content_decoding import ACCEPTED
from conformance.transport.deadline import with_deadline
from conformance.transport.direct import DirectTransport
from conformance.transport.outage import OutageDetector, ReplayedOutage
from conformance.transport.recording import EXCHANGE, INTENT, RecordingTransport
from conformance.transport.replay import (
    NotRecordedError,
    ReplayedEvidence,
    ReplayTransport,
    recorded_failures,
    recorded_requests,
    stop_reason,
)
from conformance.transport.request_timeouts import ObservedTimeouts, RecordedTimeouts, RequestTimeouts
from conformance.transport.resending import AdaptivePolicy, RecordedPolicy, Resender
from conformance.transport.resources.ledger import Ledger
from conformance.transport.resources.ledger_file import FILE_NAME
from conformance.transport.resources.ledger_transport import LedgerTransport, NotOwnedError
from conformance.transport.resources.limit_rejections import LimitRejections, RecordedRejections
from conformance.transport.resources.live_limit import LiveResourceLimit
from conformance.transport.same_origin import SameOriginTransport
from conformance.transport.throttling import RunStoppedError, ThrottlingTransport
from conformance.transport.unmasking import UnmaskingTransport
from spec.operations import operation

UNKNOWN_ID: Final = "0e57ab1e-0000-4000-8000-00000000dead"  # UUID of no resource
_OTHER_DESCRIPTORS: Final = 64  # file descriptors of a run, apart from its connections; a generous estimate
_DEFAULT_HEADERS: Final = (
    ("accept", "application/json"),
    ("accept-encoding", ACCEPTED),
    ("user-agent", f"conference-conformance/{__version__}"),
)


@dataclass(frozen=True)
class TransportStack:
    """Sends requests to the target and returns exchanges."""

    target: Target  # with placeholders for the secrets
    target_url: httpx.URL  # URL of the target, with its secrets
    limits: Limits
    connection: Connection
    secret_mask: SecretMask
    evidence: Evidence
    ledger_transport: LedgerTransport
    throttling: ThrottlingTransport
    request_pool: ThreadPoolExecutor  # sends the independent requests of all checks
    outage_detector: OutageDetector | ReplayedOutage
    resender: Resender
    rejections: LimitRejections
    timeouts: RequestTimeouts | None = None  # None: every request is sent

    @property
    def ledger(self) -> Ledger:
        """Return the ledger of the run."""
        return self.ledger_transport.ledger

    def send(self, request: Request, origin: Origin, *, resends: bool = True) -> Exchange:
        """Send a request, and again if its exchange is unreliable; return the last exchange.

        Raise RunStoppedError if the target has become unavailable.
        """
        earlier = self.timeouts.earlier_exchange(request, origin) if self.timeouts else None
        if earlier is not None:
            return earlier
        exchange = (
            self.resender.send(self.send_once, request, origin)
            if resends
            else self.send_once(request, origin)
        )
        self.outage_detector.confirm(exchange)
        if self.timeouts is not None:
            self.timeouts.note(exchange)
        return exchange

    @cpu_time.TRANSPORT
    def send_once(self, request: Request, origin: Origin) -> Exchange:
        """Send a request; return an exchange even if there is no response."""
        httpx_request = _build_request(
            self.target_url, self.secret_mask.account, self.connection, request, origin
        )
        try:
            with self.rejections.request(request, origin):
                self.ledger_transport.handle_request(httpx_request)
        except httpx.TransportError:
            if EXCHANGE not in httpx_request.extensions:
                raise
        exchange: Exchange = httpx_request.extensions[EXCHANGE]
        return exchange

    @contextmanager
    def reserve(self, origin: Origin, slots: int) -> Iterator[None]:
        """Reserve slots of the live-resource limit for the check of an origin."""
        with (
            self.rejections.reservation(origin, slots),
            self.ledger.live_limit.reserve(origin.check, slots),
        ):
            yield


@contextmanager
def open_stack(
    target: Target, limits: Limits, connection: Connection, folder: Path
) -> Iterator[TransportStack]:
    """Open the stack, with its evidence and ledger files in the folder."""
    resource_exhaustion.raise_descriptor_limit(limits.concurrency + _OTHER_DESCRIPTORS)
    mask = secret_mask(target.account, connection)
    masked_target = mask.mask_target(target)
    with closing(EvidenceFile(folder)) as evidence:
        bottom = connection.transport or _connection_pool(target, connection)
        unmasking = UnmaskingTransport(SameOriginTransport(bottom, target.url), mask)
        recording = RecordingTransport(unmasking, evidence, mask, limits.timeout)
        throttling = ThrottlingTransport(
            recording,
            concurrency=limits.concurrency,
            per_second=limits.requests_per_second,
            budget=limits.max_requests,
        )
        throttling.set_time_limit(limits.max_seconds)
        evidence.on_write_error = throttling.stopped.set
        outage_detector = OutageDetector(
            throttling,
            lambda turn, position: _build_request(
                target.url, target.account, connection, *_probe(masked_target, turn, position)
            ),
            _questions(masked_target),
            evidence,
        )
        live_limit = LiveResourceLimit(limits.max_live, throttling.raise_if_stopped)
        ledger = Ledger(folder / FILE_NAME, _recorded_collections(masked_target), live_limit)
        ledger.file.on_write_error = throttling.stopped.set
        ledger_transport = LedgerTransport(outage_detector, ledger)
        with closing(ledger_transport), _request_pool(limits) as request_pool:
            yield TransportStack(
                masked_target,
                target.url,
                limits,
                connection,
                mask,
                evidence,
                ledger_transport,
                throttling,
                request_pool,
                outage_detector,
                Resender(AdaptivePolicy(throttling.pause)),
                LimitRejections(),
                None if target.keeps_resources else ObservedTimeouts(),
            )


@contextmanager
def open_probe(target: Target, connection: Connection, timeout: float) -> Iterator[Callable[[], Exchange]]:
    """Open a connection to the target; yield a function that sends one get, which is not recorded."""
    mask, evidence = secret_mask(target.account, connection), Evidence()
    masked_target = mask.mask_target(target)
    bottom = connection.transport or _connection_pool(target, connection)
    unmasking = UnmaskingTransport(SameOriginTransport(bottom, target.url), mask)
    with closing(RecordingTransport(unmasking, evidence, mask, timeout)) as recording:

        def probe() -> Exchange:
            request = _build_request(target.url, target.account, connection, *_probe(masked_target, 0, 0))
            with suppress(httpx.TransportError):
                recording.handle_request(request)
            evidence.exchanges.clear()
            exchange: Exchange = request.extensions[EXCHANGE]
            return exchange

        yield probe


@contextmanager
def open_replay(
    target: Target, limits: Limits, recorded_run: RecordedRun, folder: Path
) -> Iterator[TransportStack]:
    """Open the same stack over recorded evidence: nothing is sent, and no time is waited.

    Its ledger is written to the folder.
    """
    evidence = ReplayedEvidence()
    replay = ReplayTransport(recorded_run, evidence)
    throttling = ThrottlingTransport(replay, concurrency=limits.concurrency, waits=False)
    answered = (recorded_run.footer or {}).get("answered")
    replayed_outage = ReplayedOutage(throttling, answered, stop_reason(recorded_run))
    ledger = Ledger(folder / FILE_NAME, _recorded_collections(target))
    ledger_transport = LedgerTransport(replayed_outage, ledger)
    mask, direct = SecretMask(target.account), Connection()
    with closing(ledger_transport), _request_pool(limits) as request_pool:
        stack = TransportStack(
            target,
            target.url,
            limits,
            direct,
            mask,
            evidence,
            ledger_transport,
            throttling,
            request_pool,
            replayed_outage,
            Resender(RecordedPolicy(replay.has_response, stop_reason(recorded_run))),
            RecordedRejections((recorded_run.footer or {}).get("rejected", {}), replay.has_response),
            None
            if target.keeps_resources
            else RecordedTimeouts(recorded_failures(recorded_run), replay.has_response),
        )
        _replay_probes(stack)
        yield stack


def repeat_recorded_requests(stack: TransportStack, recorded_run: RecordedRun, check: str) -> None:
    """Repeat the requests of a check whose timing depends on the clock, as a replay has no clock.

    A delete that the ledger rejects, because its resource was found in a list, is only recorded.
    """
    for request, origin in recorded_requests(recorded_run, check):
        with suppress(RunStoppedError, httpx.TransportError):
            try:
                stack.send_once(request, origin)
            except NotOwnedError:
                httpx_request = _build_request(
                    stack.target_url, stack.secret_mask.account, stack.connection, request, origin
                )
                stack.throttling.handle_request(httpx_request)
                stack.ledger_transport.record_repeated_delete(httpx_request)


def _replay_probes(stack: TransportStack) -> None:
    """Add the recorded probes of an outage to the evidence."""
    for turn in count(1):
        probes = [_probe(stack.target, turn, position) for position in range(len(_questions(stack.target)))]
        if not any(_replays(stack, *probe) for probe in probes):
            break


def _replays(stack: TransportStack, request: Request, origin: Origin) -> bool:
    """Add the recorded exchange of a request to the evidence; return whether there is one."""
    httpx_request = _build_request(
        stack.target_url, stack.secret_mask.account, stack.connection, request, origin
    )
    try:
        stack.throttling.handle_request(httpx_request)
    except NotRecordedError:
        return False
    except httpx.TransportError:
        return True
    return True


def _probe(target: Target, turn: int, position: int) -> tuple[Request, Origin]:
    """Return the request that repeats one of the questions, and its origin."""
    profile, product = _probed_product(target)
    method = "LIST" if position == 1 else "GET"
    origin = Origin(f"probe of {product}", f"{profile}-{method}", turn, assessed=False)
    return _questions(target)[position], origin


def _questions(target: Target) -> Sequence[Request]:
    """Return the requests of the preflight that show whether a target is available.

    Any response to the first one shows that it runs.
    """
    profile, _ = _probed_product(target)
    collection = target.target_path(operation(f"{profile}-CREATE").path)
    return (
        Request("GET", f"{collection}/{UNKNOWN_ID}"),
        Request("GET", collection),
        Request("GET", f"{collection}/{UNKNOWN_ID}", credential=NO_CREDENTIALS),
    )


def _probed_product(target: Target) -> tuple[str, str]:
    """Return the beginning of the operation ids, and the name, of the product that the preflight requests."""
    return ("VC", "video") if "video" in target.profiles else ("FCR", "fabric")


def _build_request(
    address: httpx.URL, account: Account, connection: Connection, request: Request, origin: Origin
) -> httpx.Request:
    authorization = request.credential.header(account)
    credentials = (("authorization", authorization),) if authorization is not None else ()
    user_names = {name.lower() for name, _ in connection.headers}  # these replace the default headers
    defaults = (pair for pair in _DEFAULT_HEADERS if pair[0] not in user_names)
    return httpx.Request(
        request.method,
        _url(str(address), request.target),
        headers=[
            (name.encode(), value.encode())  # UTF-8: a token can have characters that httpx does not encode
            for name, value in (*defaults, *request.headers, *connection.headers, *credentials)
        ],
        content=request.body or None,
        extensions={INTENT: (request, origin)},
    )


@lru_cache(maxsize=1000)
def _url(address: str, target: str) -> httpx.URL:
    """Return the URL of a path and query at the origin of an address; cached, as URLs repeat."""
    return httpx.URL(f"{_origin(address)}{target}")


@lru_cache(maxsize=8)
def _origin(address: str) -> str:
    return str(httpx.URL(address).copy_with(path="/", query=None)).rstrip("/")


def _recorded_collections(target: Target) -> frozenset[str]:
    """Return the paths of collections whose create requests are recorded in the ledger."""
    return frozenset(target.target_path(operation(name).path) for name in ("VC-CREATE", "FCR-CREATE"))


def _request_pool(limits: Limits) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(limits.concurrency, thread_name_prefix="burst")


def _connection_pool(target: Target, connection: Connection) -> ConnectionPool:
    addresses = (str(target.url), connection.proxy or "")
    tls = reach.tls_context(
        connection, load_system_authorities=any(url.lower().startswith("https:") for url in addresses)
    )
    if connection.proxy is None:
        tls.set_alpn_protocols(["http/1.1"])
        return ConnectionPool(lambda: DirectTransport(tls))
    proxy = reach.parse_proxy(connection.proxy, tls)
    return ConnectionPool(
        lambda: with_deadline(httpx.HTTPTransport(verify=tls, proxy=proxy, trust_env=False))
    )
