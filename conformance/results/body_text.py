"""Requests and responses on one line: strings are truncated, and objects cut to the members that matter."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from conformance.http.exchange import Exchange
from conformance.http.json_body import NOT_JSON, parse_json
from reports.presentation.sanitize import escape_unprintable, truncate

_MAX_STRING: Final = 60  # characters of a string in a JSON body
_MAX_JSON: Final = 300  # characters of a JSON body; more if the members that matter take more
_MAX_FOCUS: Final = 2_000  # characters of a JSON body
_MAX_TEXT: Final = 300  # characters of any other body
_MAX_SAMPLE: Final = 500  # characters of a line of a sample
_MAX_SAMPLE_BODY: Final = 65_536  # bytes of a body in a sample; of a longer one, the beginning is shown
_ALWAYS_SHOWN: Final = ("id", "name")


@dataclass(frozen=True)
class Sample:
    """An exchange on two short lines; it does not keep the bodies in memory."""

    exchange: int  # number in the evidence
    sent: str
    received: str


class _Members(list[tuple[str, Any]]):
    """The members of an object in their order, duplicates included."""


class _Number(str):
    """A number or a literal as it is written in the body."""

    __slots__ = ()


def request_line(exchange: Exchange, focus: Collection[str] = ()) -> str:
    """Return the request on one line; `focus` are the members that are never omitted."""
    request = exchange.request
    credential = (
        "" if request.credential.label == "valid credentials" else f" with {request.credential.label}"
    )
    body = f" {_short(request.body, focus)}" if request.body else ""
    return f"{request.method} {request.target}{credential}{body}"


def response_line(exchange: Exchange, focus: Collection[str] = ()) -> str:
    """Return the response on one line; `focus` are the members that are never omitted."""
    response = exchange.response
    if response is None:
        return f"no response: {exchange.failure}"
    media_type = (
        "" if response.media_type == "application/json" else f" ({response.media_type or 'no Content-Type'})"
    )
    return f"{response.status}{media_type} {_short(response.body, focus)}".rstrip()


def sample(exchange: Exchange, focus: Collection[str] = ()) -> Sample:
    """Return an exchange as a sample; `focus` are the members that are omitted last."""
    request, response = exchange.request, exchange.response
    short = replace(
        exchange,
        request=replace(request, body=request.body[:_MAX_SAMPLE_BODY]),
        response=response and replace(response, body=response.body[:_MAX_SAMPLE_BODY]),
    )
    sent, received = request_line(short, focus), response_line(short, focus)
    return Sample(exchange.number, truncate(sent, _MAX_SAMPLE), truncate(received, _MAX_SAMPLE))


def _short(body: bytes, focus: Collection[str]) -> str:
    """Return a body on one line; numbers stay as they are written, and duplicate members are shown."""
    if parse_json(body) is NOT_JSON:
        return truncate(escape_unprintable(body.decode("utf-8", "backslashreplace")), _MAX_TEXT)
    value = json.loads(body, object_pairs_hook=_Members, parse_float=_Number, parse_int=_Number)
    return truncate(escape_unprintable(_text(value, {*focus, *_ALWAYS_SHOWN}, _MAX_JSON)), _MAX_FOCUS)


def _text(value: Any, focus: Collection[str], budget: int) -> str:
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, str) and len(value) > _MAX_STRING:
        return json.dumps(f"{value[:_MAX_STRING]}… ({len(value)} characters)", ensure_ascii=False)
    if isinstance(value, _Members):
        return _object_text(value, focus, budget)
    if isinstance(value, list):
        return f"[{_items_text([_text(item, focus, budget) for item in value], budget)}]"
    return json.dumps(value, ensure_ascii=False)


def _items_text(items: Sequence[str], budget: int) -> str:
    selected, length = 0, 0
    for item in items:
        length += len(item) + 2
        if selected and length > budget:
            break
        selected += 1
    omitted = [f"… {len(items) - selected} more items"] if selected < len(items) else []
    return ", ".join([*items[:selected], *omitted])


def _object_text(members: _Members, focus: Collection[str], budget: int) -> str:
    texts = [f"{_text(name, focus, budget)}: {_text(value, focus, budget // 2)}" for name, value in members]
    total = sum(map(len, texts)) + 2 * len(texts)
    if total <= budget:
        return f"{{{', '.join(texts)}}}"
    selected = {at for at, (name, value) in enumerate(members) if name in focus or _contains(value, focus)}
    remaining = budget - sum(len(texts[at]) + 2 for at in selected)
    for at, text in enumerate(texts):
        remaining -= 0 if at in selected else len(text) + 2
        if remaining < 0:
            break
        selected.add(at)
    more = len(texts) - len(selected)
    omitted = [f"… {more} more member{'s' if more > 1 else ''}"] if more else []
    return f"{{{', '.join([*(texts[at] for at in sorted(selected)), *omitted])}}}"


def _contains(value: Any, focus: Collection[str]) -> bool:
    """Return whether an object directly holds a member that matters, apart from an id or a name."""
    hidden = set(focus) - set(_ALWAYS_SHOWN)
    return isinstance(value, _Members) and any(name in hidden for name, _ in value)
