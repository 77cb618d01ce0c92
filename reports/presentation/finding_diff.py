"""Differences between the expected and the received text of a finding, marked for display."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from difflib import SequenceMatcher
from typing import Any, Final, NamedTuple

from reports.presentation.sanitize import truncate

_WORDS: Final = re.compile(r"\d+|[^\W\d]+|\W")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_NAMES: Final = re.compile(r"[A-Za-z_]\w*")
_MEMBER: Final = re.compile(r"(?P<path>[\w.\[\]]+) (?P<verb>is(?: the instant)?) (?P<value>.+)", re.DOTALL)
_STATUS: Final = re.compile(r"\b(status|statuses|accepted|rejected|rejection|5xx|success|succeeds)\b")
_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_KEY: Final = re.compile(r'\s*"(\w+)":')
_MAX_CHARACTERS: Final = 300  # of a value that is compared
_MAX_WORDS: Final = 120  # of a value; the comparison takes cubic time
_OPENING: Final = frozenset("{[")
_CLOSING: Final = frozenset("}]")
_MAX_PATH: Final = 16  # members; no resource of this API nests deeper
_MAX_INDENTATION: Final = 16  # levels: a body may nest thousands


class Piece(NamedTuple):
    """A part of a text; the parts that differ are marked."""

    text: str
    marked: bool = False


class TextDifference(NamedTuple):
    """The expected and the received text, in pieces."""

    expected: Sequence[Piece]
    received: Sequence[Piece]


def difference(finding: Mapping[str, Any]) -> TextDifference:
    """Return the expectation and the contradicting part of the response, with the differences marked."""
    expected, received = finding["expected"], _contradiction(finding)
    if received is None or max(len(expected), len(received)) > 2 * _MAX_CHARACTERS:
        return TextDifference(
            [Piece(expected)], [Piece(finding["received"] if received is None else received)]
        )
    before, after = _WORDS.findall(expected), _WORDS.findall(received)
    common = {*before} & {*after}
    if not any(word.strip() for word in common) or max(len(before), len(after)) > _MAX_WORDS:
        return TextDifference([Piece(expected)], [Piece(received, marked=True)])
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return TextDifference(
        [Piece("".join(before[i:j]), tag != "equal") for tag, i, j, _, _ in steps if i < j],
        [Piece("".join(after[i:j]), tag != "equal") for tag, _, _, i, j in steps if i < j],
    )


def difference_text(finding: Mapping[str, Any]) -> str:
    """Return the expectation and the contradicting part of the response on one line."""
    expected, received = (
        truncate("".join(piece.text for piece in pieces), _MAX_CHARACTERS) for pieces in difference(finding)
    )
    return f"Expected: {expected}; received: {received}"


def member_names(expected: str) -> frozenset[str]:
    """Return the words of an expectation that may be names of members."""
    return frozenset(_NAMES.findall(_QUOTED.sub("", expected[:_MAX_CHARACTERS])))


def body_lines(text: str, marked: AbstractSet[str]) -> list[Piece]:
    """Return the lines of a body; lines with one of the marked members are marked.

    JSON is broken into lines and otherwise unchanged, because it is evidence.
    """
    lines = _indented(text) if _is_json(text) else text.splitlines()
    return [Piece(line, (key := _KEY.match(line)) is not None and key[1] in marked) for line in lines]


def _contradiction(finding: Mapping[str, Any]) -> str | None:
    """Return the part of the response that contradicts the expectation; None if it cannot be determined."""
    steps = finding["steps"]
    response = steps[-1]["response"] if steps else None
    if response is None:
        return None
    member = _MEMBER.fullmatch(finding["expected"])
    if _STATUS.search(finding["expected"]):
        return f"status {response['status']}"
    path = member["path"].split(".") if member else []
    if member is None or len(path) > _MAX_PATH or not _is_json(response["body"]):
        return None
    values = list(_values(json.loads(response["body"]), path))
    verb = "is" if member["value"] == "present" else member["verb"]
    text_of = _quoted if member["value"].startswith('"') else _plain
    texts = ", ".join(dict.fromkeys(map(text_of, values)))
    return f"{member['path']} {verb} {texts[:_MAX_CHARACTERS]}" if values else f"no {member['path']}"


def _values(value: Any, path: Sequence[str]) -> Iterator[Any]:
    """Yield the values at a path; a step that ends in [] stands for every item of an array."""
    if not path:
        yield value
        return
    step, *rest = path
    if isinstance(value, dict) and step.removesuffix("[]") in value:
        inner = value[step.removesuffix("[]")]
        items: Iterable[Any] = inner if step.endswith("[]") and isinstance(inner, list) else [inner]
        for item in items:
            yield from _values(item, rest)


def _quoted(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "a deeply nested value"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) and value else _quoted(value)


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _indented(text: str) -> Iterator[str]:
    """Yield the lines of a JSON text: one for each member and item."""
    line, depth, previous = "", 0, ""
    for symbol in _TOKENS.findall(text):
        begins = previous not in _OPENING if symbol in _CLOSING else previous in {*_OPENING, ","}
        if begins:
            yield line
            line = "  " * min(depth - (symbol in _CLOSING), _MAX_INDENTATION)
        line += f"{symbol} " if symbol == ":" else symbol
        depth += (symbol in _OPENING) - (symbol in _CLOSING)
        previous = symbol
    yield line
