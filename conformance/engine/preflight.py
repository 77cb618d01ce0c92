"""Before the first create: is this the right product, reachable, and do the credentials open it?

A mistake in the configuration must never look like non-conformance, and a faulty server must never look
like a mistake: the probes only stop what shows no sign of this API at all.
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
from conformance.http.credentials import NONE
from conformance.http.exchange import Exchange, addressable
from conformance.results.verdict import Unobserved
from conformance.testkit.api_client import WITH_SESSION, Api, Collection
from conformance.transport.stack import UNKNOWN_ID

_READ: Final = 10  # resources of others that are looked at where nothing may be created
_SKEW: Final = dt.timedelta(minutes=2)
_NOT_THERE: Final = frozenset({404, 405, 501})
_SHUT: Final = frozenset({401, 403})


class PreflightError(Exception):
    """The run cannot start: what is wrong, and the mend."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(f"{problem}\n  {mend}")
        self.problem = problem
        self.mend = mend


@dataclass(frozen=True)
class Step:
    """One thing that was looked at before the run."""

    name: str
    told: str
    fine: bool = True


@dataclass(frozen=True)
class _Probes:
    """What is asked: an id that nobody has and the list, each with the credentials and without."""

    known: Exchange
    anonymous: Exchange
    listed: Exchange
    unlisted: Exchange


def steps(api: Api, *, allow_leftovers: bool = False) -> Iterator[Step]:
    """Look at one thing after the other; raise PreflightError at the first that cannot be worked with."""
    target = api.wire.target
    collection = api.video if "video" in target.profiles else api.fabric
    try:
        known = collection.get(UNKNOWN_ID)
        yield Step("reach", _reach(api, known))
        probes = _probes(collection, known)
        if not _fits(target, probes):  # before the user is blamed: was that meant for somebody else?
            probes = _probes(collection, collection.get(UNKNOWN_ID))
        for name, look in _LOOKS:
            yield Step(name, look(target, probes))
        yield from _creating(api, collection, allow_leftovers=allow_leftovers)
    except Unobserved as busy:
        raise PreflightError(
            f"{target.origin} is busy: {busy.text}", "Try again later, or send less: --rate-limit."
        ) from None


def _creating(api: Api, collection: Collection, *, allow_leftovers: bool) -> Iterator[Step]:
    if api.wire.target.read_only:
        yield Step("create", "nothing is created with --read-only")
        return
    visit = _visit(collection)
    if visit.created.status in _NOT_THERE | _SHUT:  # was that meant for somebody else?
        visit = _visit(collection)
    yield Step("create", _create(api.wire.target, visit.created))
    yield _delete(visit, api.effort, allow_leftovers=allow_leftovers)


def read(api: Api) -> None:
    """Get what stands on the first page of each list, so that there is something to judge."""
    for collection in api.claimed():
        items = (collection.page().resource or {}).get("data")
        shown = [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []
        ids = [str(each["id"]) for each in shown if addressable(each.get("id"))]
        api.each(partial(collection.get), ids[:_READ])


def _probes(collection: Collection, known: Exchange) -> _Probes:
    anonymous = collection.get(UNKNOWN_ID, credential=NONE)
    return _Probes(known, anonymous, collection.page(), collection.page(credential=NONE))


def _fits(target: Target, probes: _Probes) -> bool:
    try:
        for _, look in _LOOKS:
            look(target, probes)
    except PreflightError:
        return False
    return True


def live_session(api: Api) -> str | None:
    """Return a conference with a live session from the first page of the list, None where there is none."""
    page = api.video.page(WITH_SESSION).resource or {}
    items = page.get("data")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and item.get("active_session") and isinstance(item.get("id"), str):
            return str(item["id"])
    return None


def _reach(api: Api, known: Exchange) -> str:
    target, failure = api.wire.target, known.failure
    if failure is None:
        return f"{target.origin} answers in {known.seconds * 1000:.0f} ms"
    by_proxy = api.wire.connection.proxy is not None
    for sign, mend in (*(_BY_PROXY if by_proxy else ()), *_MENDS):
        if sign in failure:
            raise PreflightError(f"{target.origin} cannot be reached: {failure}", mend)
    raise PreflightError(
        f"{target.origin} gave no HTTP answer: {failure}", "Is it an HTTP server? Check scheme and port."
    )


_CHECK_PROXY: Final = "Is the proxy running, and does it let us through? Check --proxy."
_BY_PROXY: Final = tuple(
    (sign, _CHECK_PROXY) for sign in ("ProxyError", "refused", "Name or service", "nodename", "resolution")
)
_MENDS: Final = (
    ("refused", "Is the server running, and is the port right? Check --target."),
    ("Name or service", "The name does not resolve. Check --target."),
    ("nodename", "The name does not resolve. Check --target."),
    ("name resolution", "The name does not resolve. Check --target."),
    ("CERTIFICATE_REQUIRED", "It wants to see a certificate of yours. Name it with --client-cert."),
    ("CERTIFICATE", "Its certificate is not trusted here. Name the authority's file with --ca."),
    ("SSL", "TLS failed. Is it an https address?"),
    ("imeout", "It did not answer in time. Check the network, or raise --timeout."),
)


def _product(target: Target, probes: _Probes) -> str:
    if _unmistakable(probes):
        return "speaks the Conference API"
    got = probes.known.response
    kind = (got.media_type or "no Content-Type") if got else "nothing"
    raise PreflightError(
        f"{target.origin} is no Conference API: {probes.known.request.method} {probes.known.request.path} "
        f"gave {probes.known.status} ({kind})",
        "Check --target: it is the origin alone, /api/video and /api/fabric are appended to it "
        "(base paths can be set in the configuration).",
    )


def _unmistakable(probes: _Probes) -> bool:
    """Tell whether any answer asks for credentials, or has one of the envelopes of the API."""
    if any(_asks(each) for each in (probes.anonymous, probes.unlisted)):
        return True
    return any(_envelope(each) for each in (probes.known, probes.anonymous, probes.unlisted))


def _asks(exchange: Exchange) -> bool:
    challenged = exchange.response is not None and exchange.response.header("www-authenticate") is not None
    return exchange.status in _SHUT and (challenged or isinstance(exchange.answer, dict))


def _envelope(exchange: Exchange) -> bool:
    answer = exchange.answer
    if not isinstance(answer, dict):
        return False
    return list(answer) == ["error"] and answer["error"] in ("Not Found", "Unauthorized", "Bad Request")


def _credentials(_: Target, probes: _Probes) -> str:
    if probes.known.status in _SHUT and not probes.listed.succeeded:
        raise PreflightError(
            f"the credentials are refused with {probes.known.status}",
            "Check SIGNALWIRE_PROJECT_ID and SIGNALWIRE_API_TOKEN: the token must belong to the project "
            "and have the Video scope.",
        )
    return "accepted"


def _clock(_: Target, probes: _Probes) -> str:
    stated = probes.known.response.header("date") if probes.known.response else None
    if stated is None:
        return "the answers carry no Date"
    try:
        skew = abs(parsedate_to_datetime(stated) - probes.known.started)
    except (ValueError, TypeError, OverflowError, IndexError):
        return f"its Date is no date: {stated!r}"
    return "in step" if skew <= _SKEW else f"off by {skew.total_seconds():.0f} s against ours"


_LOOKS: Final[tuple[tuple[str, Callable[[Target, _Probes], str]], ...]] = (
    ("product", _product),
    ("credentials", _credentials),
    ("clock", _clock),
)


@dataclass(frozen=True)
class _Visit:
    """A create and, where it succeeded, a get and a delete of what it made."""

    created: Exchange
    read: Exchange | None = None
    deleted: Exchange | None = None


def _visit(collection: Collection) -> _Visit:
    created = collection.create(collection.minimal())
    if created.id is None:
        return _Visit(created)
    return _Visit(created, collection.get(created.id), collection.discard(created.id))


def _create(target: Target, created: Exchange) -> str:
    """Look at a create: what has none at all is another product."""
    path = created.request.path
    if created.status in _NOT_THERE:
        raise PreflightError(
            f"{target.origin} has no create: POST {path} gave {created.status}",
            "Check --target, the base paths, and --profile (what the target claims to have).",
        )
    if created.status in _SHUT:
        raise PreflightError(
            f"the credentials may not create: POST {path} gave {created.status}",
            "The token needs the Video scope.",
        )
    return f"POST {path} answers {created.status}"


def _delete(visit: _Visit, effort: Effort, *, allow_leftovers: bool) -> Step:
    """Look at a delete of what was there: without one, everything that a run creates stays."""
    if visit.read is None:
        return Step("delete", "nothing was created that could be deleted")
    if visit.deleted is None:
        return Step("delete", "no response shows the name that was sent, so what was created stays there")
    status = visit.deleted.status
    there = visit.read.succeeded or status != httpx.codes.NOT_FOUND
    if status not in _NOT_THERE or not there:
        return Step("delete", f"DELETE {visit.created.request.path}/… answers {status or 'nothing'}")
    problem = f"the target cannot delete: DELETE {visit.created.request.path}/… gave {status}"
    if not allow_leftovers:
        raise PreflightError(
            f"{problem}. A whole run with --effort {effort} creates about {effort.creates} conferences and "
            "rooms, and they would stay there; one was created to find this out",
            "Say --allow-leftovers to run all the same; --effort smoke, --profile and --select create fewer.",
        )
    return Step("delete", f"{problem}; what the run creates stays there (--allow-leftovers)", fine=False)
