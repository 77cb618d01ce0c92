"""Requests of a run and their responses, in a form in which those of two targets can be paired."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from conformance.http.exchange import Exchange, Request
from conformance.live_comparison.response_form import ResponseForm, response_form

_PREFIX: Final = "00000000"  # in place of that of the run
_ID: Final = "{id}"
_SESSION: Final = "{active-session}"


@dataclass(frozen=True)
class RequestKey:
    """What identifies a request at both targets."""

    check: str
    operation: str
    method: str
    target: str
    credential: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    resource: bytes  # create body of the resource that the request addresses


@dataclass(frozen=True)
class Observation:
    """A response, and the number of its exchange in the evidence of its target."""

    number: int
    form: ResponseForm


def observations(
    exchanges: Iterable[Exchange], prefix: str, active_session: str | None
) -> Mapping[RequestKey, Sequence[Observation]]:
    """Return the responses to the requests of checks, by what identifies the request.

    Clean-up and retries are left out: they depend on the responses of one target.
    """
    collector = _Collector(prefix, active_session)
    for exchange in exchanges:
        collector.add(exchange)
    return collector.found


class _Collector:
    def __init__(self, prefix: str, active_session: str | None) -> None:
        self._names = re.compile(rb"cc-%b-" % prefix.encode(), re.IGNORECASE)
        self._active_session = active_session
        self._creates: dict[str, Request] = {}  # by the id in the response
        self.found: dict[RequestKey, list[Observation]] = defaultdict(list)

    def add(self, exchange: Exchange) -> None:
        """Add an exchange, unless it is of no use for a comparison."""
        renamed = self._renamed(exchange)
        create = renamed.request if renamed.is_create else self._creates.get(renamed.id_in_path)
        if renamed.is_create and renamed.id is not None:
            self._creates[renamed.id] = renamed.request
        origin = renamed.origin
        if not origin.assessed or origin.attempt or origin.resend or renamed.is_throttled:
            return
        sent = create.json if create is not None else None
        form = response_form(renamed, sent if isinstance(sent, dict) else None)
        self.found[self._key(renamed)].append(Observation(renamed.number, form))

    def _renamed(self, exchange: Exchange) -> Exchange:
        """Return an exchange without the prefix of the run in its names."""
        request = replace(exchange.request, body=self._without_prefix(exchange.request.body))
        response = exchange.response and replace(
            exchange.response, body=self._without_prefix(exchange.response.body)
        )
        return replace(exchange, request=request, response=response)

    def _without_prefix(self, body: bytes) -> bytes:
        return self._names.sub(b"cc-" + _PREFIX.encode() + b"-", body)

    def _key(self, exchange: Exchange) -> RequestKey:
        request = exchange.request
        path, mark, query = request.target.partition("?")
        collection, _, identifier = path.rpartition("/")
        create = self._creates.get(identifier)
        if create is not None:
            path = f"{collection}/{_ID}"
        elif self._active_session is not None and identifier == self._active_session:
            path = f"{collection}/{_SESSION}"
        headers = tuple((name, value) for name, value in request.headers)
        origin = exchange.origin
        return RequestKey(
            origin.check,
            origin.operation,
            request.method,
            f"{_path_below_api(path)}{mark}{query}",
            request.credential.label,
            headers,
            request.body,
            create.body if create is not None else b"",
        )


def _path_below_api(path: str) -> str:
    """Return a path without that of the API, which may be different at the other target."""
    return "/".join(path.split("/")[-2:])


def request_text(key: RequestKey) -> str:
    """Return a request on one line."""
    credential = "" if key.credential == "valid credentials" else f" with {key.credential}"
    body = f" {_text(key.body)}" if key.body else ""
    return f"{key.method} …/{key.target}{credential}{body}"


def _text(body: bytes) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "backslashreplace")
