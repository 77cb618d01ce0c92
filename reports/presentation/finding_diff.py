"""What tells the expected from the received, so that an eye finds it at once."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from difflib import SequenceMatcher
from typing import Any, Final, NamedTuple

_WORDS: Final = re.compile(r"\d+|[^\W\d]+|\W")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_NAMES: Final = re.compile(r"[A-Za-z_]\w*")
_MEMBER: Final = re.compile(r"(?P<path>[\w.\[\]]+) (?P<verb>is(?: the instant)?) (?P<wanted>.+)", re.DOTALL)
_STATUS: Final = re.compile(r"\b(status|statuses|accepted|refused|refusal|rejected|rejection|5xx|success)\b")
_TOKENS: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_KEY: Final = re.compile(r'\s*"(\w+)":')
_LONG: Final = 300  # characters of a value that are held against another
_MANY_WORDS: Final = 120  # words of a value; comparing them takes cubic time
_OPENING: Final = frozenset("{[")
_CLOSING: Final = frozenset("}]")
_LONGEST_PATH: Final = 16  # members; no resource of this API nests deeper
_DEEPEST: Final = 16  # levels of indentation: a body may nest thousands


class Piece(NamedTuple):
    """A part of a text, and whether it is what the reader should look at."""

    text: str
    marked: bool = False


class Difference(NamedTuple):
    """An expectation and what was received in its place."""

    expected: Sequence[Piece]
    received: Sequence[Piece]


def difference(finding: Mapping[str, Any]) -> Difference:
    """Return what was expected and what of the answer contradicts it, with the parts that differ marked."""
    wanted, got = finding["expected"], _contradiction(finding)
    if got is None or max(len(wanted), len(got)) > 2 * _LONG:
        return Difference([Piece(wanted)], [Piece(finding["received"] if got is None else got)])
    left, right = _WORDS.findall(wanted), _WORDS.findall(got)
    if not any(each.strip() for each in {*left} & {*right}) or max(len(left), len(right)) > _MANY_WORDS:
        return Difference([Piece(wanted)], [Piece(got, marked=True)])
    steps = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    return Difference(
        [Piece("".join(left[i:j]), tag != "equal") for tag, i, j, _, _ in steps if i < j],
        [Piece("".join(right[i:j]), tag != "equal") for tag, _, _, i, j in steps if i < j],
    )


def names(expected: str) -> frozenset[str]:
    """Return the words of an expectation that may be names of members."""
    return frozenset(_NAMES.findall(_QUOTED.sub("", expected[:_LONG])))


def body(text: str, named: AbstractSet[str]) -> list[Piece]:
    """Return a body by its lines; those that hold a member that is named are marked.

    JSON is broken into lines, letter for letter otherwise: it is evidence.
    """
    lines = _indented(text) if _is_json(text) else text.splitlines()
    return [Piece(line, (key := _KEY.match(line)) is not None and key[1] in named) for line in lines]


def _contradiction(finding: Mapping[str, Any]) -> str | None:
    """Return what of the answer contradicts the expectation, None if that cannot be told."""
    steps = finding["steps"]
    answer = steps[-1]["response"] if steps else None
    if answer is None:
        return None
    member = _MEMBER.fullmatch(finding["expected"])
    if _STATUS.search(finding["expected"]):
        return f"status {answer['status']}"
    path = member["path"].split(".") if member else []
    if member is None or len(path) > _LONGEST_PATH or not _is_json(answer["body"]):
        return None
    values = list(_values(json.loads(answer["body"]), path))
    verb = "is" if member["wanted"] == "present" else member["verb"]
    quoted = member["wanted"].startswith('"')
    told = ", ".join(dict.fromkeys(_plain(each) if not quoted else _quoted(each) for each in values))
    return f"{member['path']} {verb} {told[:_LONG]}" if values else f"no {member['path']}"


def _values(value: Any, path: Sequence[str]) -> Iterator[Any]:
    """Yield what stands at a path; a step that ends in [] goes into each item of an array."""
    if not path:
        yield value
        return
    step, *rest = path
    if isinstance(value, dict) and step.removesuffix("[]") in value:
        inner = value[step.removesuffix("[]")]
        items: Iterable[Any] = inner if step.endswith("[]") and isinstance(inner, list) else [inner]
        for each in items:
            yield from _values(each, rest)


def _quoted(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "a value that is nested too deeply"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) and value else _quoted(value)


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _indented(text: str) -> Iterator[str]:
    """Yield the lines of a JSON text: one for each member and item."""
    line, depth, before = "", 0, ""
    for each in _TOKENS.findall(text):
        begins = before not in _OPENING if each in _CLOSING else before in {*_OPENING, ","}
        if begins:
            yield line
            line = "  " * min(depth - (each in _CLOSING), _DEEPEST)
        line += f"{each} " if each == ":" else each
        depth += (each in _OPENING) - (each in _CLOSING)
        before = each
    yield line
