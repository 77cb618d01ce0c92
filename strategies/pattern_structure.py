r"""Structure of simple patterns: a sequence of characters and character classes, each with a count.

`^[A-Z]{1,3}-[0-9]{2,4}$` has three runs. Runs allow generating strings that match and strings that almost
match, which a regular expression engine does not offer. Patterns are those of ECMA-262, as in JSON Schema:
`\d` and `\w` are ASCII. Groups, alternatives, look-arounds, back references and patterns that are not
anchored at both ends are not supported; callers then use strings that happen to match.

No library fits: greenery treats anchors as characters and has no types, interegular rejects anchors and
builds automata, and Python's own parser is private.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

_DIGITS = "0123456789"
_LOWER = "abcdefghijklmnopqrstuvwxyz"
_LINE_ENDS = "\n\r\u2028\u2029"
_SPACES = "".join(map(chr, range(0x2000, 0x200B)))
_BLANKS = f" \t\v\f{_LINE_ENDS}\xa0\u1680{_SPACES}\u202f\u205f\u3000\ufeff"
_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
_SHORTHANDS = {"d": _DIGITS, "w": _LOWER.upper() + _LOWER + _DIGITS + "_", "s": _BLANKS}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}

_CHARACTER = r"\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\[tnrfv]|\\[^A-Za-z0-9]"
_SHORTHAND = r"\\[dwsDWS]"
_TOKEN = re.compile(
    rf"(?:(?P<set>\[(?P<not>\^)?(?P<items>(?:{_CHARACTER}|{_SHORTHAND}|[^\\\]])+)\])"
    rf"|(?P<shorthand>{_SHORTHAND})|(?P<dot>\.)|(?P<character>{_CHARACTER}|[^\\^$.|?*+()\[\]{{}}]))"
    r"(?:(?P<mark>[*+?])|\{(?P<least>\d+)(?P<comma>,(?P<most>\d+)?)?\})?\??"
)
_ITEM = re.compile(
    rf"(?P<shorthand>\\[dws])|(?P<first>{_CHARACTER}|[^\\])(?:-(?P<last>{_CHARACTER}|[^\\]))?",
    re.DOTALL,
)
_MARKS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


@dataclass(frozen=True)
class CharacterRun:
    """Between `least` and `most` characters of one class; `most` is None if there is no maximum."""

    characters: str
    """Characters to generate: those of the class except controls, or a sample of a negated class."""
    least: int
    most: int | None
    listed: str
    negated: bool = False

    def admits(self, character: str) -> bool:
        """Return whether the run allows the character."""
        return (character in self.listed) is not self.negated

    @property
    def is_fixed(self) -> bool:
        """Return whether the run allows only one string."""
        return len(self.characters) == 1 and self.least == self.most


Runs = tuple[CharacterRun, ...]


@cache
def runs(pattern: str) -> Runs | None:
    """Return the runs of an anchored pattern; None for a pattern of unsupported structure."""
    if not (pattern.startswith("^") and pattern.endswith("$")):
        return None
    parsed, position, end = [], 1, len(pattern) - 1
    while position < end:
        token = _TOKEN.match(pattern, position, end)
        run = _run(token) if token else None
        if token is None or run is None:
            return None
        parsed.append(run)
        position = token.end()
    return tuple(parsed) or None


def shortest_length(row: Runs) -> int:
    """Return the length of the shortest string that the runs allow."""
    return sum(run.least for run in row)


def longest_length(row: Runs) -> int | None:
    """Return the length of the longest string that the runs allow; None if there is no maximum."""
    ends = [run.most for run in row if run.most is not None]
    return sum(ends) if len(ends) == len(row) else None


def distribute_length(row: Runs, length: int) -> list[int] | None:
    """Distribute a length among the runs, to the longest first; None if the runs cannot have that length."""
    shares = [run.least for run in row]
    remaining = length - sum(shares)
    for index in sorted(range(len(row)), key=lambda index: _slack(row[index]), reverse=True):
        more = min(remaining, _slack(row[index]))
        shares[index] += max(more, 0)
        remaining -= max(more, 0)
    return shares if remaining == 0 else None


def write_runs(row: Runs, shares: Sequence[int], *, start: int = 0) -> str:
    """Return a string with a number of characters of each run, repeating its characters from `start`."""
    return "".join(
        repeat_to_length(run.characters, share, start=start) for run, share in zip(row, shares, strict=True)
    )


def repeat_to_length(characters: str, length: int, *, start: int = 0) -> str:
    """Repeat the characters up to the length."""
    begin = start % len(characters)
    rotated = characters[begin:] + characters[:begin]
    return (rotated * (length // len(rotated) + 1))[:length]


def group_by_kind(characters: Iterable[str]) -> list[str]:
    """Group characters into lowercase letters, uppercase letters, digits, and each other character alone."""
    groups = {"lowercase": "", "uppercase": "", "digit": ""}
    for character in characters:
        kind = _kind(character)
        groups[kind] = groups.get(kind, "") + character
    return [group for group in groups.values() if group]


def restrict_to(row: Runs, characters: str) -> Runs:
    """Return the runs restricted to the characters; a run that has none of them is unchanged."""
    return tuple(replace(run, characters=_common(run.characters, characters)) for run in row)


def admits_any(row: Runs, characters: str) -> bool:
    """Return whether a run that is not fixed allows any of the characters."""
    return any(run.admits(character) for run in row if not run.is_fixed for character in characters)


def alphabet(row: Runs) -> str:
    """Return the characters of the runs that are not fixed, each once."""
    return "".join(dict.fromkeys("".join(run.characters for run in row if not run.is_fixed)))


def _common(characters: str, allowed: str) -> str:
    return "".join(character for character in allowed if character in characters) or characters


def _kind(character: str) -> str:
    if character.islower():
        return "lowercase"
    if character.isupper():
        return "uppercase"
    return "digit" if character.isdigit() else character


def _slack(run: CharacterRun) -> int:
    most = 1_000_000 if run.most is None else run.most
    return most - run.least


def _run(token: re.Match[str]) -> CharacterRun | None:
    """Return the run of a token; None if no string can be generated for it."""
    listed = _listed(_items(token))
    if listed is None:
        return None
    negated = bool(token["not"] or token["dot"] or (token["shorthand"] or "").isupper())
    characters = _sample(listed, negated=negated)
    return CharacterRun(characters, *_count(token), listed, negated) if characters else None


def _items(token: re.Match[str]) -> str:
    if token["dot"]:
        return _LINE_ENDS
    if token["shorthand"]:
        return token["shorthand"].lower()
    return token["items"] or token["character"]


def _sample(listed: str, *, negated: bool) -> str:
    if negated:
        return "".join(character for character in _PRINTABLE if character not in listed)
    return "".join(character for character in listed if character.isprintable() or character in "\t\n")


def _count(token: re.Match[str]) -> tuple[int, int | None]:
    if token["mark"]:
        return _MARKS[token["mark"]]
    if token["least"] is None:
        return 1, 1
    least = int(token["least"])
    if token["comma"] is None:
        return least, least
    return least, int(token["most"]) if token["most"] else None


def _listed(items: str) -> str | None:
    r"""Return the characters of a class in its order; None if it contains \D, \W or \S."""
    characters: dict[str, None] = {}
    position = 0
    while position < len(items):
        item = _ITEM.match(items, position)
        if item is None:
            return None
        characters.update(dict.fromkeys(_expanded(item)))
        position = item.end()
    return "".join(characters)


def _expanded(item: re.Match[str]) -> str:
    if item["shorthand"]:
        return _SHORTHANDS[item["shorthand"][1]]
    first = _character(item["first"])
    last = _character(item["last"]) if item["last"] else first
    return "".join(map(chr, range(ord(first), ord(last) + 1)))


def _character(written: str) -> str:
    if not written.startswith("\\"):
        return written
    kind, digits = written[1], written[2:]
    return chr(int(digits, 16)) if digits else _CONTROLS.get(kind, kind)
