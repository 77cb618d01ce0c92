"""Preflight: connection, product, credentials, clock, create and delete are tested before a run.

A configuration error must never look like non-conformance, and a faulty server must never look like a
configuration error. The probes therefore stop a run only if nothing indicates the Conference API.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Final

import httpx

from conformance.config.settings import Effort
from conformance.config.target import Target
from conformance.http.credentials import NO_CREDENTIALS
from conformance.http.exchange import Exchange, is_addressable
from conformance.results.verdict import Inconclusive
from conformance.testkit.api_client import WITH_SESSION, ApiClient, ResourceClient
from conformance.transport.stack import UNKNOWN_ID

_READ_ONLY_SAMPLES: Final = 10  # existing resources of a collection that a read-only run gets
_MAX_SKEW: Final = dt.timedelta(minutes=2)
_UNSUPPORTED: Final = frozenset({404, 405, 501})
_UNAUTHORIZED: Final = frozenset({401, 403})


class PreflightError(Exception):
    """The run cannot start: the problem, and a hint for its solution."""

    def __init__(self, problem: str, hint: str) -> None:
        super().__init__(f"{problem}\n  {hint}")
        self.problem = problem
        self.hint = hint


@dataclass(frozen=True)
class PreflightStep:
    """Result of one preflight step."""

    name: str
    result: str
    passed: bool = True


@dataclass(frozen=True)
class _Probes:
    """Responses for an unknown id and for the list, each with and without credentials."""

    get: Exchange
    anonymous_get: Exchange
    page: Exchange
    anonymous_page: Exchange


def preflight_steps(api: ApiClient, *, allow_leftovers: bool = False) -> Iterator[PreflightStep]:
    """Yield the result of each step; raise PreflightError at the first that prevents a run."""
    target = api.transport.target
    collection = api.video if "video" in target.profiles else api.fabric
    try:
        get = collection.get(UNKNOWN_ID)
        yield PreflightStep("connection", _test_connection(api, get))
        probes = _probes(collection, get)
        if not _passes(target, probes):  # try once more: the failure may be temporary
            probes = _probes(collection, collection.get(UNKNOWN_ID))
        for name, test in _TESTS:
            yield PreflightStep(name, test(target, probes))
        yield from _create_and_delete(api, collection, allow_leftovers=allow_leftovers)
    except Inconclusive as throttled:
        raise PreflightError(
            f"{target.origin} is busy: {throttled.text}",
            "Try again later, or send fewer requests per second: --rate-limit.",
        ) from None


def _create_and_delete(
    api: ApiClient, collection: ResourceClient, *, allow_leftovers: bool
) -> Iterator[PreflightStep]:
    if api.transport.target.read_only:
        yield PreflightStep("create", "skipped (--read-only)")
        return
    round_trip = _round_trip(collection)
    if round_trip.create.status in _UNSUPPORTED | _UNAUTHORIZED:  # try once more, as above
        round_trip = _round_trip(collection)
    yield PreflightStep("create", _test_create(api.transport.target, round_trip.create))
    yield _test_delete(round_trip, api.effort, allow_leftovers=allow_leftovers)


def read_existing(api: ApiClient) -> None:
    """Get the first page of each collection and its resources, as exchanges for the passive checks."""
    for collection in api.claimed_collections():
        items = (collection.list_first_page().resource or {}).get("data")
        resources = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
        ids = [str(resource["id"]) for resource in resources if is_addressable(resource.get("id"))]
        api.map_concurrently(partial(collection.get), ids[:_READ_ONLY_SAMPLES])


def _probes(collection: ResourceClient, get: Exchange) -> _Probes:
    anonymous_get = collection.get(UNKNOWN_ID, credential=NO_CREDENTIALS)
    return _Probes(
        get,
        anonymous_get,
        collection.list_first_page(),
        collection.list_first_page(credential=NO_CREDENTIALS),
    )


def _passes(target: Target, probes: _Probes) -> bool:
    try:
        for _, test in _TESTS:
            test(target, probes)
    except PreflightError:
        return False
    return True


def find_active_session(api: ApiClient) -> str | None:
    """Return the id of a conference with an active session on the first page, or None."""
    page = api.video.list_first_page(WITH_SESSION).resource or {}
    items = page.get("data")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and item.get("active_session") and isinstance(item.get("id"), str):
            return str(item["id"])
    return None


def _test_connection(api: ApiClient, get: Exchange) -> str:
    target, failure = api.transport.target, get.failure
    if failure is None:
        return f"responds in {get.seconds * 1000:.0f} ms ({target.origin})"
    has_proxy = api.transport.connection.proxy is not None
    for sign, hint in (*(_PROXY_HINTS if has_proxy else ()), *_CONNECTION_HINTS):
        if sign in failure:
            raise PreflightError(f"{target.origin} cannot be reached: {failure}", hint)
    raise PreflightError(
        f"{target.origin} did not return a valid HTTP response: {failure}",
        "Is it an HTTP server? Check scheme and port.",
    )


_PROXY_HINT: Final = "Is the proxy running, and does it allow this connection? Check --proxy."
_PROXY_HINTS: Final = tuple(
    (sign, _PROXY_HINT) for sign in ("ProxyError", "refused", "Name or service", "nodename", "resolution")
)
_CONNECTION_HINTS: Final = (
    ("refused", "Is the server running, and is the port right? Check --target."),
    ("Name or service", "The name does not resolve. Check --target."),
    ("nodename", "The name does not resolve. Check --target."),
    ("name resolution", "The name does not resolve. Check --target."),
    ("CERTIFICATE_REQUIRED", "The server requires a client certificate. Use --client-cert."),
    ("CERTIFICATE", "The certificate of the server is not trusted. Specify its CA certificate with --ca."),
    ("SSL", "TLS failed. Is it an https address?"),
    ("imeout", "The server did not respond in time. Check the network, or increase --timeout."),
)


def _test_product(target: Target, probes: _Probes) -> str:
    if _is_conference_api(probes):
        return "Conference API detected"
    response = probes.get.response
    media_type = (response.media_type or "no Content-Type") if response else "no response"
    request = probes.get.request
    raise PreflightError(
        f"{target.origin} does not look like the Conference API: {request.method} {request.path} "
        f"returned {probes.get.status} ({media_type})",
        "Check --target: give the origin only, /api/video and /api/fabric are appended to it "
        "(base_paths in the configuration file changes them).",
    )


def _is_conference_api(probes: _Probes) -> bool:
    """Return whether any response requests credentials, or has a list or an error envelope of the API."""
    if any(_requests_credentials(exchange) for exchange in (probes.anonymous_get, probes.anonymous_page)):
        return True
    if _has_list(probes.page):
        return True
    exchanges = (probes.get, probes.anonymous_get, probes.anonymous_page)
    return any(_has_error_envelope(exchange) for exchange in exchanges)


def _requests_credentials(exchange: Exchange) -> bool:
    challenged = exchange.response is not None and exchange.response.header("www-authenticate") is not None
    return exchange.status in _UNAUTHORIZED and (challenged or isinstance(exchange.response_json, dict))


def _has_list(exchange: Exchange) -> bool:
    body = exchange.response_json
    return exchange.succeeded and isinstance(body, dict) and isinstance(body.get("data"), list)


def _has_error_envelope(exchange: Exchange) -> bool:
    body = exchange.response_json
    if not isinstance(body, dict):
        return False
    return list(body) == ["error"] and body["error"] in ("Not Found", "Unauthorized", "Bad Request")


def _test_credentials(_: Target, probes: _Probes) -> str:
    if probes.get.status in _UNAUTHORIZED and not probes.page.succeeded:
        raise PreflightError(
            f"credentials rejected with status {probes.get.status}",
            "Check SIGNALWIRE_PROJECT_ID and SIGNALWIRE_API_TOKEN: the token must belong to the project "
            "and have the Video scope.",
        )
    return "accepted"


def _test_clock(_: Target, probes: _Probes) -> str:
    header = probes.get.response.header("date") if probes.get.response else None
    if header is None:
        return "responses have no Date header"
    try:
        skew = abs(parsedate_to_datetime(header) - probes.get.started)
    except (ValueError, TypeError, OverflowError, IndexError):
        return f"invalid Date header: {header!r}"
    return "in sync" if skew <= _MAX_SKEW else f"{skew.total_seconds():.0f} s off the local clock"


_TESTS: Final[tuple[tuple[str, Callable[[Target, _Probes], str]], ...]] = (
    ("api", _test_product),
    ("credentials", _test_credentials),
    ("clock", _test_clock),
)


@dataclass(frozen=True)
class _RoundTrip:
    """A create and, if it succeeded, a get and a delete of the new resource."""

    create: Exchange
    get: Exchange | None = None
    delete: Exchange | None = None


def _round_trip(collection: ResourceClient) -> _RoundTrip:
    create = collection.create(collection.minimal())
    if create.id is None:
        return _RoundTrip(create)
    return _RoundTrip(create, collection.get(create.id), collection.delete_if_owned(create.id))


def _test_create(target: Target, create: Exchange) -> str:
    path = create.request.path
    if create.status in _UNSUPPORTED:
        raise PreflightError(
            f"{target.origin} does not support create: POST {path} returned {create.status}",
            "Check --target, the base paths, and --profile (the profiles that the target implements).",
        )
    if create.status in _UNAUTHORIZED:
        raise PreflightError(
            f"the credentials do not permit create: POST {path} returned {create.status}",
            "The token needs the Video scope.",
        )
    return f"POST {path} returned {create.status}"


def _test_delete(round_trip: _RoundTrip, effort: Effort, *, allow_leftovers: bool) -> PreflightStep:
    if round_trip.get is None:
        return PreflightStep("delete", "skipped: no resource was created")
    if round_trip.delete is None:
        return PreflightStep(
            "delete", "skipped: no response has the name that was sent, so the resource remains"
        )
    status = round_trip.delete.status
    existed = round_trip.get.succeeded or status != httpx.codes.NOT_FOUND
    if status not in _UNSUPPORTED or not existed:
        path = round_trip.create.request.path
        return PreflightStep("delete", f"DELETE {path}/… returned {status or 'no response'}")
    problem = f"the target does not support DELETE (status {status})"
    if not allow_leftovers:
        raise PreflightError(
            f"{problem}. A full run at --effort {effort} creates about {effort.created_resources:,} "
            "resources, which would remain; one was created by this check",
            "Use --allow-leftovers to run anyway; --effort smoke, --profile and --select create fewer.",
        )
    return PreflightStep("delete", f"{problem}; created resources remain (--allow-leftovers)", passed=False)
