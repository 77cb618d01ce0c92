"""Labelled strings that are almost valid.

They are candidates, generated from the structure of a pattern, the values of an enumeration, or lists of
common mistakes. Callers drop those that are valid.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from spec import validation
from strategies import boundary_strings, bounds, pattern_structure
from strategies import sample_text as text
from strategies.schema_nodes import Schema

Labelled = tuple[str, str]
"""A label and a string."""

FOREIGN_CHARACTERS: Mapping[str, str] = {
    "a space": " ",
    "a slash": "/",
    "a full stop": ".",
    "a plus sign": "+",
    "a colon": ":",
    "an at sign": "@",
    "a number sign": "#",
    "a percent sign": "%",
    "a caret": "^",
    "an accented letter": "\u00e9",
    "a full-width digit": "\uff14",
    "an Arabic digit": "\u0663",
    "a Cyrillic letter that looks Latin": "\u0430",
    "a tab": "\t",
    "a line break": "\n",
    "an emoji": "\U0001f600",
    "a comma": ",",
    "an en dash": "\u2013",
    "a zero-width space": "\u200b",
    "a Kelvin sign": "\u212a",
    "a long s": "\u017f",
    "a percent-encoded letter": "%41",
    "a combining accent": "\u0301",
}
"""Characters that names and codes seldom allow. No NUL, which servers may reject before validation."""

_RARE_CHARACTERS: Mapping[str, str] = {
    "a NUL": "\u0000",
    "a control character": "\u0001",
    "a delete character": "\u007f",
    "a no-break space": "\u00a0",
    **{f"a {mark}": mark for mark in "!\"$&'()*,;<=>?[\\]`{|}~"},
}
"""Characters that a list of forbidden characters may omit."""

_LOOK_ALIKES = {
    label: FOREIGN_CHARACTERS[label]
    for label in (
        "a space",
        "a full-width digit",
        "an Arabic digit",
        "a Cyrillic letter that looks Latin",
        "a line break",
    )
}
_BLANKS = {"space": " ", "line break": "\n"}
_ENDS = {"carriage return": "\r", "line separator": "\u2028", "next line": "\u0085"}
_MARKS = "!?*~"
_WORDS = ("red", "rgb(1,2,3)", "hsl(0,0%,0%)", "transparent", "null", "a b")
_NULLS = ("null", "none", "undefined", "constructor")
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_ALPHABETS = {"": None, ", digits": text.DIGITS, ", words": text.WORDS, ", accented letters": "\u00e9"}
_DEFAULT_ALPHABET = text.LETTERS + text.DIGITS
_DEFAULT_LENGTH = 8
_LONG = 64
_FEW = 3
_NUMBER = re.compile(r"\d+")
_FAR = 10


@dataclass(frozen=True)
class _Part:
    """A run of a pattern, and the number of its characters in an example."""

    run: pattern_structure.CharacterRun
    count: int
    name: str
    """Its position, if the pattern has several runs."""

    def text(self) -> str:
        return pattern_structure.repeat_to_length(self.run.characters, self.count)


def too_long_strings(node: Schema) -> Iterator[Labelled]:
    """Generate strings that are too long: by one character in several alphabets, then by many."""
    most = node["maxLength"]
    for label, characters in _ALPHABETS.items():
        yield from _label_all(
            f"one character too many{label}", boundary_strings.strings_of_length(node, most + 1, characters)
        )
    if "pattern" not in node:
        yield from _label_all(
            "one character too many, line breaks",
            boundary_strings.strings_of_length(node, most + 1, text.LINES),
        )
        fits = next(boundary_strings.strings_of_length(node, most))
        yield from (
            ("one trailing space too many", f"{fits} "),
            ("one leading space too many", f" {fits}"),
        )
    yield from _label_all("more than twice too long", boundary_strings.strings_of_length(node, 2 * most + 1))
    yield from _label_all("far too long", boundary_strings.strings_of_length(node, _FAR * most))


def enumeration_near_misses(members: Sequence[str]) -> Iterator[Labelled]:
    """Generate strings that resemble the values of an enumeration."""
    yield "empty", ""
    for member in members[:_FEW]:
        yield f"{member!r} in inverted letter case", member.swapcase()
        yield f"{member!r} capitalized", member.capitalize()
    first = members[0]
    yield f"{first!r} and a space", f"{first} "
    yield f"a space and {first!r}", f" {first}"
    yield f"{first!r} and a letter", f"{first}x"
    yield f"{first!r} and a line break", f"{first}\n"
    yield f"{first!r} with another last letter", f"{first[:-1]}i"
    yield f"{first!r} without its end", first[:-1]
    yield "two values at once", ",".join(members[:2])
    yield from islice(_siblings(members), _FEW)
    yield from (
        (f"{member!r} in snake case", member.replace("-", "_")) for member in members if "-" in member
    )
    yield "another word", "something"
    yield from ((f"the word {word!r}", word) for word in _NULLS)


def _siblings(members: Sequence[str]) -> Iterator[Labelled]:
    """Generate strings of the form of a value that the enumeration lacks: the next number, or a prefix."""
    for member in reversed(members):
        sibling = _NUMBER.sub(lambda number: str(int(number[0]) + 1), member)
        if sibling not in members:
            yield f"the number after that of {member!r}", sibling
    yield f"more than {members[-1]!r}", f"extra-{members[-1]}"
    yield f"more than {members[-1]!r}, abbreviated", f"x{members[-1]}"


def pattern_near_misses(node: Schema) -> Iterator[Labelled]:
    """Generate strings that almost match the pattern of the node."""
    row = pattern_structure.runs(node["pattern"])
    example = _example(node)
    yield "empty", ""
    unlimited = row is None or pattern_structure.longest_length(row) is None
    yield from _with_foreign_characters(example, FOREIGN_CHARACTERS if unlimited else _LOOK_ALIKES)
    yield from _with_whitespace(example)
    if row is not None:
        yield from _of_parts(_parts(node, row))
        yield from _with_wrong_ends(node, row)
        yield from _with_the_next_letter(example, row)
    yield "inverted letter case", example.swapcase()
    yield from ((f"the text {word!r}", word) for word in _WORDS)
    if unlimited:
        yield from _with_foreign_characters(example, _RARE_CHARACTERS)


def _label_all(label: str, texts: Iterable[str]) -> Iterator[Labelled]:
    yield from ((label, text) for text in texts)


def _example(node: Schema) -> str:
    length = bounds.length_limits(node)
    preferred = max(length.least, _DEFAULT_LENGTH)
    texts = boundary_strings.strings_of_length(
        node, preferred if length.most is None else min(preferred, length.most), _DEFAULT_ALPHABET
    )
    candidates = boundary_strings.character_kind_strings(node)
    matching = (text for text in candidates if validation.matches_pattern(node["pattern"], text))
    return next(chain(texts, matching), "")


def _with_foreign_characters(example: str, foreign: Mapping[str, str]) -> Iterator[Labelled]:
    """Replace a character past the middle of the example, where a character class is likely."""
    place = len(example) * 2 // 3
    for label, character in foreign.items():
        yield f"{label} inside", example[:place] + character + example[place + 1 :]


def _with_whitespace(example: str) -> Iterator[Labelled]:
    for label, blank in _BLANKS.items():
        yield f"a leading {label}", blank + example
        yield f"a trailing {label}", example + blank
    yield from ((f"a trailing {label}", example + end) for label, end in _ENDS.items())


def _with_wrong_ends(node: Schema, row: pattern_structure.Runs) -> Iterator[Labelled]:
    """Generate long strings of which only the last or only the first character is invalid."""
    most = bounds.length_limits(node).most
    mark = next((mark for mark in _MARKS if not any(run.admits(mark) for run in row)), " ")
    for valid in boundary_strings.strings_of_length(
        node, max(pattern_structure.shortest_length(row), _LONG if most is None else most), _DEFAULT_ALPHABET
    ):
        yield "a wrong last character", valid[:-1] + mark
        yield "a wrong first character", mark + valid[1:]


def _with_the_next_letter(example: str, row: pattern_structure.Runs) -> Iterator[Labelled]:
    """Generate strings that end in the letter after the last of a range, such as g after a-f."""
    alphabet = pattern_structure.alphabet(row)
    for kind in pattern_structure.group_by_kind(alphabet):
        letter = chr(ord(kind[-1]) + 1)
        if letter.isalpha() and letter not in alphabet:
            yield f"the letter {letter} at the end", example[:-1] + letter


def _parts(node: Schema, row: pattern_structure.Runs) -> list[_Part]:
    counts = pattern_structure.distribute_length(row, max(bounds.length_limits(node).least, 1)) or [
        run.least for run in row
    ]
    names = [f" in part {place}" if len(row) > 1 else "" for place in range(1, len(row) + 1)]
    return [_Part(*part) for part in zip(row, counts, names, strict=True)]


def _of_parts(parts: Sequence[_Part]) -> Iterator[Labelled]:
    """Generate strings with one part changed in its length or its characters."""
    for part in parts:
        for label, changed in (*_with_other_counts(part), *_with_other_characters(part)):
            texts = ((changed if other is part else other).text() for other in parts)
            yield label + part.name, "".join(texts)


def _with_other_counts(part: _Part) -> Iterator[tuple[str, _Part]]:
    run = part.run
    yield "one too few", replace(part, count=max(run.least - 1, 0))
    yield "two too few", replace(part, count=max(run.least - 2, 0))
    yield "half", replace(part, count=run.least // 2)
    if run.most is not None:
        yield "one too many", replace(part, count=run.most + 1)
    if run.most is not None and not run.is_fixed:
        yield "two too many", replace(part, count=run.most + 2)


def _with_other_characters(part: _Part) -> Iterator[tuple[str, _Part]]:
    run = part.run
    if run.is_fixed:
        yield "0x", replace(part, run=replace(run, characters="0x"), count=2)
        return
    foreign = "".join(letter for letter in text.LETTERS if not run.admits(letter))
    if foreign:
        yield "other letters", replace(part, run=replace(run, characters=foreign))
    twins = run.characters.translate(_FULL_WIDTH)
    yield "full-width characters", replace(part, run=replace(run, characters=twins))
