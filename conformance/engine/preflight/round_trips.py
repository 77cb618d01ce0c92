"""Round trips of the preflight: create, get, list and delete of one resource in each claimed collection."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import httpx

from conformance.config.settings import Effort
from conformance.config.target import Target
from conformance.http.exchange import Exchange
from conformance.http.resource_names import unique_names
from conformance.testkit.api_client import ApiClient
from conformance.testkit.resource_client import ResourceClient
from conformance.transport.resources.ownership import names_in_resource
from conformance.transport.stack import UNKNOWN_ID
from spec.capabilities import Capability

UNSUPPORTED: Final = frozenset({404, 405, 501})  # statuses of an operation that a target does not implement
UNAUTHORIZED: Final = frozenset({401, 403})
_RETRY_DELAYS: Final = (0.5, 1.0)  # seconds before the list, or the get of a deleted resource, is repeated
_MOCK: Final = "; looks like a stateless mock, use --mock to test only what a mock can satisfy"
_NOT_FOUND: Final = frozenset({404, 410})


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
    is_warning: bool = False  # whether the target does not behave as documented; the run can start
    keeps_resources: bool = False  # whether created resources remain at the target
    suggests_mock: bool = False  # whether the target looks like a stateless mock


@dataclass(frozen=True)
class _RoundTrip:
    """A create and, if it returned an id, the requests for the new resource."""

    create: Exchange
    get: Exchange | None = None
    unknown: Exchange | None = None  # get of an id that no resource has
    page: Exchange | None = None  # first page of the list
    is_listed: bool | None = None  # None: the target returns no list, or one with more pages
    delete: Exchange | None = None
    remains: bool = False  # whether a get still returns the resource after its delete

    @property
    def looks_stateless(self) -> bool:
        """Return whether the created resource cannot be read back, or another one is returned for any id."""
        if self.get is None or self.is_listed or _has_sent_name(self.get.resource, self.create):
            return False
        has_unknown = self.unknown is not None and self.unknown.succeeded
        return has_unknown or self.get.succeeded or self.get.status in _NOT_FOUND


def round_trip_steps(
    api: ApiClient, collection: ResourceClient, *, required: bool, allow_leftovers: bool
) -> Iterator[PreflightStep]:
    """Yield the steps of one collection.

    If the collection is required, raise PreflightError if it does not support create. In any case raise
    PreflightError if it does not support delete, unless leftover resources are allowed.
    """
    target = api.transport.target
    if target.read_only:
        yield PreflightStep("create", "skipped (--read-only)")
        return
    round_trip = _round_trip(collection)
    if round_trip.create.status in UNSUPPORTED | UNAUTHORIZED:  # try once more: the failure may be temporary
        round_trip = _round_trip(collection)
    yield _create_step(target, round_trip.create, required=required)
    if not target.keeps_resources:
        yield _unstored_step(collection, round_trip)
        return
    if round_trip.get is not None:
        if target.has(Capability.STATE):
            yield _get_step(round_trip.create, round_trip.get, round_trip)
        if target.has(Capability.LIST):
            yield _list_step(round_trip)
    yield _delete_step(target, round_trip, api.effort, allow_leftovers=allow_leftovers)


def _round_trip(collection: ResourceClient) -> _RoundTrip:
    create = collection.create(collection.minimal())
    if create.id is None:
        return _RoundTrip(create)
    get = collection.get(create.id)
    has = collection.api.has
    unknown = collection.get(UNKNOWN_ID) if has(Capability.STATE) else None
    page = collection.list_first_page() if has(Capability.LIST) else None
    if _is_listed(page, create):
        collection.api.transport.ledger.note_prompt_list(create.request.path)
    for delay in _RETRY_DELAYS:
        if _is_listed(page, create) is not False:
            break
        collection.api.transport.throttling.pause(delay)
        page = collection.list_first_page() if page is not None else None
    delete = collection.delete_if_owned(create.id)
    remains = _remains(collection, create, delete)
    return _RoundTrip(create, get, unknown, page, _is_listed(page, create), delete, remains)


def _is_listed(page: Exchange | None, create: Exchange) -> bool | None:
    """Return whether the first page of a list contains the new resource; None if another page may."""
    if page is None:
        return None
    items, links = ((page.resource or {}).get(member) for member in ("data", "links"))
    if not isinstance(items, list):
        return None
    if any(_has_sent_name(item, create) for item in items):
        return True
    return None if isinstance(links, dict) and links.get("next") else False


def _remains(collection: ResourceClient, create: Exchange, delete: Exchange | None) -> bool:
    """Return whether gets still return a resource after its delete succeeded."""
    if delete is None or not delete.succeeded or create.id is None:
        return False
    for delay in (0.0, *_RETRY_DELAYS):
        collection.api.transport.throttling.pause(delay)
        get = collection.get(create.id, assessed=False)
        if not _has_sent_name(get.resource, create):
            return False
    return True


def _has_sent_name(resource: object, create: Exchange) -> bool:
    """Return whether a resource has a unique name that the create request contains, in any case."""
    received = [name.casefold() for name in names_in_resource(resource)]
    return any(unique.casefold() in name for unique in unique_names(create.request.body) for name in received)


def _create_step(target: Target, create: Exchange, *, required: bool) -> PreflightStep:
    path = create.request.path
    if create.status in UNSUPPORTED | UNAUTHORIZED:
        error = _create_error(target, create)
        if required:
            raise error
        return PreflightStep("create", f"{error.problem}. {error.hint}", is_warning=True)
    result = f"POST {path} returned {create.status or f'no response ({create.failure})'}"
    if create.succeeded and create.id is None and target.keeps_resources:
        result += (
            " without an id that can be used in a URL; created resources are deleted only if a list has them"
        )
    return PreflightStep("create", result, is_warning=create.id is None)


def _unstored_step(collection: ResourceClient, round_trip: _RoundTrip) -> PreflightStep:
    """Return that nothing is stored; if the resource can be read back, delete it and raise PreflightError.

    Otherwise a run would leave all its resources at a target that is not a mock.
    """
    create, get = round_trip.create, round_trip.get
    if get is None or not _has_sent_name(get.resource, create):
        return PreflightStep("get", "created resources are not stored: nothing has to be deleted (--without)")
    identifier = str(create.id)
    is_deleted = collection.owns(identifier) and collection.delete(identifier).succeeded
    left_behind = "" if is_deleted else f" The resource with the id {identifier!r} was not deleted."
    raise PreflightError(
        f"GET {create.request.path}/… returned the created resource: the target stores what is created",
        f"Omit --mock, or do not combine --without {Capability.STATE} and --without {Capability.DELETE}."
        f"{left_behind}",
    )


def _create_error(target: Target, create: Exchange) -> PreflightError:
    path = create.request.path
    if create.status in UNSUPPORTED:
        return PreflightError(
            f"{target.origin} does not support create: POST {path} returned {create.status}",
            "Check --target, the base paths, and --profile (the profiles that the target implements).",
        )
    return PreflightError(
        f"the credentials do not permit create: POST {path} returned {create.status}",
        "The token needs the Video scope.",
    )


def _get_step(create: Exchange, get: Exchange, round_trip: _RoundTrip) -> PreflightStep:
    """Return whether the new resource is returned under its id, and no resource under an unknown id."""
    request = f"GET {create.request.path}/…"
    unknown = round_trip.unknown
    has_unknown = unknown is not None and unknown.succeeded
    if _has_sent_name(get.resource, create):
        if not has_unknown:
            return PreflightStep("get", f"{request} returned the created resource")
        problem = f"{request} returned {unknown and unknown.status} for an id that no resource has"
    elif get.succeeded:
        problem = f"{request} returned another resource than the one created"
    else:
        received = get.status or f"no response ({get.failure})"
        problem = f"{request} with the id in the create response returned {received}: it cannot be read back"
    is_mock = round_trip.looks_stateless
    return PreflightStep("get", problem + (_MOCK if is_mock else ""), is_warning=True, suggests_mock=is_mock)


def _list_step(round_trip: _RoundTrip) -> PreflightStep:
    request, page = f"GET {round_trip.create.request.path}", round_trip.page
    if round_trip.is_listed:
        return PreflightStep("list", f"{request} returned the created resource")
    if page is not None and isinstance((page.resource or {}).get("data"), list):
        first_page = " on its first page" if round_trip.is_listed is None else ""
        problem = f"{request} did not return the created resource{first_page}"
    else:
        problem = f"{request} returned no list (status {page and page.status})"
    consequence = "resources whose create response is lost may not be found"
    return PreflightStep("list", f"{problem}; {consequence}", is_warning=round_trip.is_listed is False)


def _delete_step(
    target: Target, round_trip: _RoundTrip, effort: Effort, *, allow_leftovers: bool
) -> PreflightStep:
    if not target.has(Capability.DELETE):
        return _no_delete_step(
            effort, "the target has no delete (--without)", allow_leftovers=allow_leftovers
        )
    if round_trip.get is None:
        reason = "the id is unknown" if round_trip.create.succeeded else "no resource was created"
        return PreflightStep("delete", f"skipped: {reason}")
    if round_trip.delete is None:
        return PreflightStep(
            "delete",
            "skipped: no response has the name that was sent, so the resource remains",
            is_warning=True,
        )
    status, path = round_trip.delete.status, round_trip.create.request.path
    if round_trip.remains:
        return PreflightStep(
            "delete",
            f"DELETE {path}/… returned {status}, but a get still returns the resource",
            is_warning=True,
            keeps_resources=allow_leftovers,
        )
    existed = round_trip.get.succeeded or status != httpx.codes.NOT_FOUND
    if status not in UNSUPPORTED or not existed:
        is_warning = not round_trip.delete.succeeded
        return PreflightStep("delete", f"DELETE {path}/… returned {status or 'no response'}", is_warning)
    problem = f"the target does not support DELETE {path}/… (status {status})"
    return _no_delete_step(effort, problem, allow_leftovers=allow_leftovers)


def _no_delete_step(effort: Effort, problem: str, *, allow_leftovers: bool) -> PreflightStep:
    """Return that created resources remain; raise PreflightError unless that is allowed."""
    if not allow_leftovers:
        raise PreflightError(
            f"{problem}. A full run at --effort {effort} creates about {effort.created_resources:,} "
            "resources, which would remain; one was created by this check",
            "Use --allow-leftovers to run anyway; --effort smoke, --profile and --select create fewer.",
        )
    return PreflightStep(
        "delete",
        f"{problem}; created resources remain (--allow-leftovers)",
        is_warning=True,
        keeps_resources=True,
    )
