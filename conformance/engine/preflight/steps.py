"""Preflight: connection, product, credentials, clock and the operations are tested before a run.

A configuration error must never look like non-conformance, and a faulty server must never look like a
configuration error. The probes therefore stop a run only if nothing indicates the Conference API.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Final

import httpx

from conformance.config.target import Target
from conformance.engine.preflight.readiness import NOT_READY
from conformance.engine.preflight.round_trips import (
    UNAUTHORIZED,
    PreflightError,
    PreflightStep,
    round_trip_steps,
)
from conformance.http.credentials import NO_CREDENTIALS, WRONG_TOKEN
from conformance.http.exchange import Exchange, is_addressable
from conformance.results.verdict import Inconclusive
from conformance.testkit.api_client import ApiClient
from conformance.testkit.resource_client import WITH_SESSION, ResourceClient
from conformance.transport.stack import UNKNOWN_ID
from reports.presentation.sanitize import truncate
from spec.capabilities import Capability
from spec.validation import resource_schemas

__all__ = ["PreflightError", "PreflightStep", "find_active_session", "preflight_steps", "read_existing"]

_READ_ONLY_SAMPLES: Final = 10  # existing resources of a collection that a read-only run gets
_MAX_SKEW: Final = dt.timedelta(minutes=2)
_REDIRECTS: Final = range(300, 400)
_READY_DELAYS: Final = (0.0, 0.5, 2.0)  # seconds before each repetition of the probes
_RECOGNIZABLE_MEMBERS: Final = 5  # documented members by which a resource is recognized
_LIST: Final = Capability.LIST
_MAX_LOCATION_LENGTH: Final = 200  # characters


@dataclass(frozen=True)
class _Probes:
    """Responses for an unknown id and for the list, each with and without credentials."""

    get: Exchange
    anonymous_get: Exchange
    page: Exchange
    anonymous_page: Exchange


def preflight_steps(
    api: ApiClient, *, allow_leftovers: bool = False, requires_all_profiles: bool = False
) -> Iterator[PreflightStep]:
    """Yield the result of each step; raise PreflightError at the first that prevents a run.

    A run needs only one of the claimed profiles: that others do not support create is non-conformance.
    """
    target = api.transport.target
    try:
        yield from _steps(api, allow_leftovers=allow_leftovers, requires_all_profiles=requires_all_profiles)
    finally:
        if not target.keeps_resources:
            api.transport.ledger.stop_recording()


def _steps(api: ApiClient, *, allow_leftovers: bool, requires_all_profiles: bool) -> Iterator[PreflightStep]:
    target = api.transport.target
    collection = api.video if "video" in target.profiles else api.fabric
    try:
        get = collection.get(UNKNOWN_ID)
        yield PreflightStep("connection", _test_connection(api, get))
        probes = _probes(collection, get)
        for delay in _READY_DELAYS:
            if _passes(target, probes) or (delay and not _is_not_ready(probes)):
                break
            api.transport.throttling.pause(delay)  # the failure may be temporary
            probes = _probes(collection, collection.get(UNKNOWN_ID))
        for name, test in _TESTS:
            yield PreflightStep(name, test(target, probes))
        if target.has(Capability.CREDENTIALS):
            yield _authentication_step(api.claimed_collections())
        for claimed in api.claimed_collections():
            yield from round_trip_steps(
                api,
                claimed,
                required=requires_all_profiles or claimed is collection,
                allow_leftovers=allow_leftovers,
            )
    except Inconclusive as throttled:
        if throttled.exchange is not None and throttled.exchange.status in NOT_READY:
            raise _not_ready(target, throttled.exchange) from None
        raise PreflightError(
            f"{target.origin} is busy: {throttled.text}",
            "Try again later, or send fewer requests per second: --rate-limit.",
        ) from None


def _authentication_step(collections: Sequence[ResourceClient]) -> PreflightStep:
    """Return whether requests with a wrong token are rejected."""
    exchanges = [
        exchange
        for collection in collections
        for exchange in (
            *([collection.list_first_page(credential=WRONG_TOKEN)] if collection.api.has(_LIST) else []),
            collection.get(UNKNOWN_ID, credential=WRONG_TOKEN, assessed=False),
        )
    ]
    accepted = [exchange for exchange in exchanges if exchange.status not in UNAUTHORIZED]
    if not accepted:
        return PreflightStep("token", "a wrong token is rejected")
    worst = next((exchange for exchange in accepted if exchange.succeeded), accepted[0])
    request = f"{worst.request.method} {worst.request.path} with a wrong token"
    any_token = "; any token is accepted" if worst.succeeded else ""
    return PreflightStep(
        "token", f"{request} returned {worst.status or 'no response'}{any_token}", is_warning=True
    )


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
    if _is_not_ready(probes):
        raise _not_ready(target, probes.get)
    location = probes.get.response.header("location") if probes.get.response else None
    if probes.get.status in _REDIRECTS and location:
        raise _redirected(target, probes.get, location)
    response = probes.get.response
    media_type = (response.media_type or "no Content-Type") if response else "no response"
    request = probes.get.request
    raise PreflightError(
        f"{target.origin} does not look like the Conference API: {request.method} {request.path} "
        f"returned {probes.get.status} ({media_type})",
        "Check --target: give the origin only, /api/video and /api/fabric are appended to it "
        "(base_paths in the configuration file changes them).",
    )


def _is_not_ready(probes: _Probes) -> bool:
    """Return whether every response is that of a gateway in place of the target."""
    exchanges = (probes.get, probes.anonymous_get, probes.page, probes.anonymous_page)
    return all(exchange.status in NOT_READY for exchange in exchanges)


def _not_ready(target: Target, exchange: Exchange) -> PreflightError:
    return PreflightError(
        f"{target.origin} is not ready: {exchange.request.method} {exchange.request.path} "
        f"returned {exchange.status}",
        "The server is starting or overloaded, or a gateway does not reach it. Try again when it is ready.",
    )


def _redirected(target: Target, exchange: Exchange, location: str) -> PreflightError:
    """Return the error for a redirect, with its location without user information, query and fragment."""
    request = f"{exchange.request.method} {exchange.request.path}"
    address, origin = "an invalid address", target.origin
    with suppress(httpx.InvalidURL, ValueError):
        url = httpx.URL(str(target.url)).join(location).copy_with(userinfo=b"", query=None, fragment=None)
        address, origin = str(url), str(url.copy_with(path="/")).rstrip("/")
    hint = "Check --target and the base paths; redirects are not followed."
    if origin != target.origin:
        hint = f"Redirects are not followed. If that is the API, use --target {origin}"
    return PreflightError(
        f"{target.origin} redirects to {truncate(address, _MAX_LOCATION_LENGTH)}: "
        f"{request} returned {exchange.status}",
        truncate(hint, 2 * _MAX_LOCATION_LENGTH),
    )


def _is_conference_api(probes: _Probes) -> bool:
    """Return whether any response requests credentials, or has a resource, a list or an error envelope."""
    if any(_requests_credentials(exchange) for exchange in (probes.anonymous_get, probes.anonymous_page)):
        return True
    if _has_list(probes.page):
        return True
    exchanges = (probes.get, probes.anonymous_get, probes.anonymous_page)
    return any(_has_error_envelope(exchange) or _has_resource(exchange) for exchange in exchanges)


def _has_resource(exchange: Exchange) -> bool:
    """Return whether a response has members of a conference or a room, such as that of a mock for any id."""
    members = (exchange.resource or {}).keys()
    documented = (resource_schemas()[kind]["properties"] for kind in ("VC-CONF", "FCR-RES"))
    return any(len(members & properties.keys()) >= _RECOGNIZABLE_MEMBERS for properties in documented)


def _requests_credentials(exchange: Exchange) -> bool:
    challenged = exchange.response is not None and exchange.response.header("www-authenticate") is not None
    return exchange.status in UNAUTHORIZED and (challenged or isinstance(exchange.response_json, dict))


def _has_list(exchange: Exchange) -> bool:
    body = exchange.response_json
    return exchange.succeeded and isinstance(body, dict) and isinstance(body.get("data"), list)


def _has_error_envelope(exchange: Exchange) -> bool:
    body = exchange.response_json
    if not isinstance(body, dict):
        return False
    return list(body) == ["error"] and body["error"] in ("Not Found", "Unauthorized", "Bad Request")


def _test_credentials(_: Target, probes: _Probes) -> str:
    if probes.get.status in UNAUTHORIZED and not probes.page.succeeded:
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
