"""Requests of a finding: only those that a check may send are accepted, and none of another kind is sent.

A finding may come from an untrusted source. Its requests address the two collections of the API only. A
create has the path of a collection; a request that changes or deletes a resource has an id that an earlier
response of the same replay contained. Nothing else can change a resource at the target.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, unquote_plus

import httpx

from conformance.config.target import BASE_PATHS, Target
from conformance.finding_replay.fresh_names import FreshNames
from conformance.http.credentials import (
    PROJECT_VARIABLE,
    TOKEN_VARIABLE,
    Account,
    Credential,
    credential_with_label,
)
from conformance.http.exchange import Request
from spec.operations import operation

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_CHANGING: Final = frozenset({"DELETE", "PATCH", "PUT"})
_PREFIXES: Final = {"video": "VC", "fabric": "FCR"}  # of the ids of operations, by profile
_HEADERS: Final = frozenset({"accept", "content-type"})
_SECRETS: Final = frozenset({PROJECT_VARIABLE, TOKEN_VARIABLE})
_CREDENTIAL_PARAMETERS: Final = frozenset(
    {"project_id", "api_token", "project", "token", "username", "password"}
)
_METHOD_OVERRIDE: Final = "_method"  # a parameter by which frameworks replace the method of a create
_MAX_BYTES: Final = 8 * 1024 * 1024  # of the texts of a finding
_MAX_REQUESTS: Final = 1_000
_MAX_SIMULTANEOUS: Final = 64
_MAX_LABEL: Final = 80  # characters of a kind of credentials
_ID: Final = re.compile(r"ID\d+", re.ASCII)
Values = Mapping[str, str]  # values of variables, by name


class InvalidStepError(ValueError):
    """A request is not one that a check sends; the message states why."""


class MissingValueError(Exception):
    """An earlier response did not contain the id or the name that a request needs."""


@dataclass(frozen=True)
class RecordedStep:
    """A request whose target, body and credentials may contain variables."""

    method: str
    profile: str
    item: Sequence[Any]  # pieces of the path after that of the collection; none for the collection
    query: Sequence[Any]  # pieces of the query with its question mark
    credential: Credential
    headers: tuple[tuple[str, str], ...]
    body: Sequence[Any]
    number: int  # of the variables with the id and the name in the response; 0 if nothing is created
    has_generated_name: bool

    @property
    def operation(self) -> str:
        """Return the id of the operation."""
        suffix = {"POST": "CREATE", "DELETE": "DELETE"}.get(self.method, "GET" if self.item else "LIST")
        return f"{_PREFIXES[self.profile]}-{suffix}"

    @property
    def needs_logged_credentials(self) -> bool:
        """Return whether the request has valid credentials in places that servers log."""
        is_username = (self.credential.pair or "").startswith("{token}")
        return is_username or any(piece.get("variable") in _SECRETS for piece in _objects(self.query))

    def request(self, target: Target, account: Account, values: Values, names: FreshNames) -> Request:
        """Return the request with the values of its variables; raise MissingValueError if one is missing."""
        secrets = {PROJECT_VARIABLE: account.project, TOKEN_VARIABLE: account.token}
        collection = target.target_path(operation(f"{_PREFIXES[self.profile]}-CREATE").path)
        item = names.renewed("".join(_texts(self.item, {**values, **names.variables}, _quoted))).lstrip("/")
        query = names.renewed("".join(_texts(self.query, {**secrets, **names.variables}, str)))
        body = names.renewed_bytes(b"".join(_chunks(self.body, {**values, **names.variables})))
        path = f"{collection}/{item}" if self.item else collection
        return Request(self.method, path + query, self.headers, body, self.credential)


def recorded_groups(
    origin: str, base_paths: Mapping[str, str], groups: Sequence[Sequence[Mapping[str, Any]]]
) -> Sequence[Sequence[RecordedStep]]:
    """Return the requests of a finding; raise InvalidStepError for one that no check sends."""
    if sum(map(len, groups)) > _MAX_REQUESTS or max(map(len, groups)) > _MAX_SIMULTANEOUS:
        raise InvalidStepError(
            f"more than {_MAX_REQUESTS:,} requests, or {_MAX_SIMULTANEOUS} at the same time"
        )
    if sum(_size(step["target"]) + _size(step["body"]) for group in groups for step in group) > _MAX_BYTES:
        raise InvalidStepError(f"its requests have more than {_MAX_BYTES:,} bytes")
    collections = _collections(origin, base_paths)
    numbers: set[int] = set()
    parsed = []
    for group in groups:
        parsed.append([_step(step, collections, numbers) for step in group])
        numbers.update(step["number"] for step in group)
    return parsed


def _collections(origin: str, base_paths: Mapping[str, str]) -> Mapping[str, str]:
    """Return the paths of the collections at the target of the run, by profile."""
    try:
        target = Target(httpx.URL(origin), Account("", ""), base_paths={**BASE_PATHS, **base_paths})
    except (httpx.InvalidURL, ValueError):
        raise InvalidStepError(f"target: {origin!r} is not a URL") from None
    return {
        profile: target.target_path(operation(f"{name}-CREATE").path) for profile, name in _PREFIXES.items()
    }


def _step(data: Mapping[str, Any], collections: Mapping[str, str], numbers: set[int]) -> RecordedStep:
    profile, item, query = _split_target(data["target"], collections)
    step = RecordedStep(
        data["method"],
        profile,
        item,
        query,
        _credential(data["credential"]),
        tuple((name, value) for name, value in data["headers"]),
        data["body"],
        data["number"],
        data["name"],
    )
    _check_method(step)
    _check_query(step)
    _check_headers(step)
    _check_body(step)
    used = {int(piece["variable"].lstrip("IDNAME")) for piece in _resource_variables(step)}
    if not used <= numbers:
        raise InvalidStepError("a request needs a response that no earlier request has")
    return step


def _split_target(pieces: Sequence[Any], collections: Mapping[str, str]) -> tuple[str, list[Any], list[Any]]:
    """Return the profile of a target, and the pieces of its last path segment and of its query."""
    first = pieces[0] if pieces and isinstance(pieces[0], str) else ""
    for profile, path in collections.items():
        rest = first.removeprefix(path)
        if first.startswith(path) and rest[:1] in {"", "/", "?"}:
            item, query = _split_query([rest, *pieces[1:]])
            _check_item(item)
            return profile, item, query
    raise InvalidStepError(f"the path {first[:100]!r} is not one of the collections of the API")


def _split_query(pieces: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    for index, piece in enumerate(pieces):
        if isinstance(piece, str) and "?" in piece:
            path, mark, rest = piece.partition("?")
            return [*filter(None, [*pieces[:index], path])], [mark + rest, *pieces[index + 1 :]]
    return [*filter(None, pieces)], []


def _check_item(pieces: Sequence[Any]) -> None:
    """Expect one path segment that addresses a resource, or nothing."""
    if any(piece.get("variable") in _SECRETS or "base64" in piece for piece in _objects(pieces)):
        raise InvalidStepError("a path has a variable that is not an id")
    text = "".join("x" if _is_variable(piece) else _repeated(piece) for piece in pieces)
    segment = text.removeprefix("/")
    if pieces and (not text.startswith("/") or "/" in segment or unquote(segment) in {"", ".", ".."}):
        raise InvalidStepError(f"the path segment {text[:100]!r} does not address a resource")
    if not re.fullmatch(r"[!-~]*", text) or re.search(r"[\\#]", text):
        raise InvalidStepError("a path has characters that no URL has")


def _check_method(step: RecordedStep) -> None:
    if step.method == "POST":
        is_permitted = not step.item
    elif step.method in _CHANGING:
        is_permitted = _is_own_resource(step.item)
    else:
        is_permitted = step.method in _READING
    if not is_permitted:
        raise InvalidStepError(
            f"{step.method} is permitted only for resources that the replay creates, and POST for collections"
        )
    if step.number and step.method != "POST":
        raise InvalidStepError(f"{step.method} creates nothing")


def _is_own_resource(item: Sequence[Any]) -> bool:
    """Return whether the path segment is the id in an earlier response, and nothing else."""
    [separator, *rest] = item or [""]
    return (
        separator == "/"
        and len(rest) == 1
        and isinstance(rest[0], dict)
        and _ID.fullmatch(rest[0].get("variable", "")) is not None
    )


def _check_query(step: RecordedStep) -> None:
    if any("base64" in piece for piece in _objects(step.query)):
        raise InvalidStepError("a query has bytes that are not text")
    text = "".join("" if _is_variable(piece) else _repeated(piece) for piece in step.query)
    if not re.fullmatch(r"[!-~]*", text) or "#" in text:
        raise InvalidStepError("a query has characters that no URL has")
    names = {name.partition("[")[0] for name, _ in parse_qsl(text[1:], keep_blank_values=True)}
    documented = {"include_active_session"}
    if step.method not in _READING and not names <= documented | _CREDENTIAL_PARAMETERS:
        raise InvalidStepError(f"{step.method} has the query {text[:100]!r}, which no check sends")
    if any(name.startswith(_METHOD_OVERRIDE) for name in names):
        raise InvalidStepError(f"a query has the parameter {_METHOD_OVERRIDE}")


def _check_headers(step: RecordedStep) -> None:
    for name, value in step.headers:
        if name.lower() not in _HEADERS:
            raise InvalidStepError(f"the header {name[:100]!r} is not one that a check sends")
        if not value.isprintable():
            raise InvalidStepError(f"the header {name} has control characters")


def _check_body(step: RecordedStep) -> None:
    if any(piece.get("variable") in _SECRETS for piece in _objects(step.body)):
        raise InvalidStepError("a body contains credentials")
    is_json = any(name.lower() == "content-type" and "json" in value.lower() for name, value in step.headers)
    text = b"".join(_chunks(step.body, None)).decode("utf-8", "replace")
    if not is_json and _METHOD_OVERRIDE in unquote_plus(text):
        raise InvalidStepError(f"a body has the parameter {_METHOD_OVERRIDE}")


def _credential(label: str) -> Credential:
    if len(label) > _MAX_LABEL or not re.fullmatch(r"[A-Za-z0-9 ,.'-]+", label):
        raise InvalidStepError(f"unknown credentials: {label[:_MAX_LABEL]!r}")
    try:
        return credential_with_label(label)
    except KeyError:
        raise InvalidStepError(f"unknown credentials: {label!r}") from None


def _resource_variables(step: RecordedStep) -> Iterator[Mapping[str, Any]]:
    for piece in _objects([*step.item, *step.query, *step.body]):
        if piece.get("variable", "RUN") not in {"RUN", *_SECRETS}:
            yield piece


def _objects(pieces: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    return (piece for piece in pieces if isinstance(piece, dict))


def _size(pieces: Sequence[Any]) -> int:
    """Return the number of characters of a text, without those of variables."""
    return sum(
        len(piece)
        if isinstance(piece, str)
        else len(piece.get("base64", "")) + len(piece.get("repeat", "")) * piece.get("count", 0)
        for piece in pieces
    )


def text_value(pieces: Sequence[Any], values: Values) -> str:
    """Return a text of an assertion; raise MissingValueError if a variable has no value."""
    return "".join(_texts(pieces, values, str))


def _texts(pieces: Sequence[Any], values: Values, encode: Any) -> Iterator[str]:
    for piece in pieces:
        yield encode(_value(piece["variable"], values)) if _is_variable(piece) else _repeated(piece)


def _chunks(pieces: Sequence[Any], values: Values | None) -> Iterator[bytes]:
    """Yield the parts of a body; variables are omitted without values, and are escaped as in JSON."""
    for piece in pieces:
        if isinstance(piece, dict) and "base64" in piece:
            yield base64.b64decode(piece["base64"])
        elif _is_variable(piece):
            text = "" if values is None else _value(piece["variable"], values)
            yield json.dumps(text, ensure_ascii=False)[1:-1].encode(errors="surrogatepass")
        else:
            yield _repeated(piece).encode(errors="surrogatepass")


def _is_variable(piece: Any) -> bool:
    return isinstance(piece, dict) and "variable" in piece


def _value(variable: str, values: Values) -> str:
    if variable not in values:
        raise MissingValueError(variable)
    return values[variable]


def _repeated(piece: Any) -> str:
    return piece if isinstance(piece, str) else str(piece["repeat"]) * int(piece["count"])


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")
