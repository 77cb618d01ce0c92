r"""The structure of simple patterns: a row of characters and classes, each with a count.

`^[A-Z]{1,3}-[0-9]{2,4}$` is three runs. Texts are built from runs, and so are texts that just fail to match,
which a regular expression engine cannot offer. Patterns are those of ECMA-262, as JSON Schema has it: `\d`
and `\w` are ASCII. Groups, alternatives, look-arounds, back references and patterns that are not anchored at
both ends are left out; callers fall back on trial there.

The libraries that would read patterns do not read these: greenery takes the anchors for characters and ships
no types, interegular refuses anchors and makes automata, and Python's own parser is private.
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
class Run:
    """Between `least` and `most` characters of one class; `most` None: no end."""

    characters: str
    """Characters to write here: those of the class but for controls, or a sample of them if it is negated."""
    least: int
    most: int | None
    listed: str
    negated: bool = False

    def admits(self, character: str) -> bool:
        """Tell whether the character may stand here."""
        return (character in self.listed) is not self.negated

    @property
    def fixed(self) -> bool:
        """Tell whether there is nothing to choose here."""
        return len(self.characters) == 1 and self.least == self.most


Runs = tuple[Run, ...]


@cache
def runs(pattern: str) -> Runs | None:
    """Return the runs that an anchored pattern consists of; None for a pattern of another structure."""
    if not (pattern.startswith("^") and pattern.endswith("$")):
        return None
    found, place, end = [], 1, len(pattern) - 1
    while place < end:
        token = _TOKEN.match(pattern, place, end)
        run = _run(token) if token else None
        if token is None or run is None:
            return None
        found.append(run)
        place = token.end()
    return tuple(found) or None


def shortest(row: Runs) -> int:
    """Return the length of the shortest text that the runs allow."""
    return sum(run.least for run in row)


def longest(row: Runs) -> int | None:
    """Return the length of the longest text that the runs allow; None if there is no longest."""
    ends = [run.most for run in row if run.most is not None]
    return sum(ends) if len(ends) == len(row) else None


def counts(row: Runs, length: int) -> list[int] | None:
    """Share a length out among the runs, the longest ones filled first; None if it is out of reach."""
    shares = [run.least for run in row]
    spare = length - sum(shares)
    for index in sorted(range(len(row)), key=lambda index: _room(row[index]), reverse=True):
        more = min(spare, _room(row[index]))
        shares[index] += max(more, 0)
        spare -= max(more, 0)
    return shares if spare == 0 else None


def spelled(row: Runs, shares: Sequence[int], *, start: int = 0) -> str:
    """Write a text with so many characters of each run, going round its characters from `start`."""
    return "".join(cycled(run.characters, share, start=start) for run, share in zip(row, shares, strict=True))


def cycled(characters: str, length: int, *, start: int = 0) -> str:
    """Go round the characters until the text has that length."""
    begin = start % len(characters)
    turned = characters[begin:] + characters[:begin]
    return (turned * (length // len(turned) + 1))[:length]


def kinds(characters: Iterable[str]) -> list[str]:
    """Sort characters into small letters, capitals, digits and each other character by itself."""
    found = {"small letter": "", "capital": "", "digit": ""}
    for character in characters:
        kind = _kind(character)
        found[kind] = found.get(kind, "") + character
    return [kind for kind in found.values() if kind]


def only(row: Runs, characters: str) -> Runs:
    """Return the runs with no other characters than these, where a run has any of them."""
    return tuple(replace(run, characters=_common(run.characters, characters)) for run in row)


def has_any(row: Runs, characters: str) -> bool:
    """Tell whether a run that leaves a choice has any of these characters."""
    return any(run.admits(character) for run in row if not run.fixed for character in characters)


def alphabet(row: Runs) -> str:
    """Return the characters of the runs that leave a choice, each once."""
    return "".join(dict.fromkeys("".join(run.characters for run in row if not run.fixed)))


def _common(ours: str, theirs: str) -> str:
    return "".join(character for character in theirs if character in ours) or ours


def _kind(character: str) -> str:
    if character.islower():
        return "small letter"
    if character.isupper():
        return "capital"
    return "digit" if character.isdigit() else character


def _room(run: Run) -> int:
    most = 1_000_000 if run.most is None else run.most
    return most - run.least


def _run(token: re.Match[str]) -> Run | None:
    """Return what a token stands for; None if nothing can be written for it."""
    listed = _listed(_items(token))
    if listed is None:
        return None
    negated = bool(token["not"] or token["dot"] or (token["shorthand"] or "").isupper())
    characters = _sample(listed, negated=negated)
    return Run(characters, *_count(token), listed, negated) if characters else None


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
    r"""Return the characters that a class lists, in its order; None if it holds \D, \W or \S."""
    found: dict[str, None] = {}
    place = 0
    while place < len(items):
        item = _ITEM.match(items, place)
        if item is None:
            return None
        found.update(dict.fromkeys(_expanded(item)))
        place = item.end()
    return "".join(found)


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
