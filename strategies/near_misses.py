"""Strings that just fail to be what a schema asks for, each with a label.

They are candidates: made from the structure of a pattern, from the members of an enumeration, or from lists
of things that people type by mistake. Those that happen to fit are dropped by whoever asks for them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from spec import validation
from strategies import boundary_strings, bounds, pattern_structure
from strategies import sample_text as text
from strategies.schema_nodes import Schema

Labelled = tuple[str, str]
"""A label and a string."""

FOREIGN: Mapping[str, str] = {
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
"""Characters that names and codes seldom allow. No NUL, which servers may refuse before they look further."""

_SELDOM: Mapping[str, str] = {
    "a NUL": "\u0000",
    "a control character": "\u0001",
    "a delete character": "\u007f",
    **{f"a {mark}": mark for mark in "!\"$&'()*,;<=>?[\\]`{|}~"},
}
"""What a list of forbidden characters forgets."""

_LOOK_ALIKES = {
    label: FOREIGN[label]
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
_WORDS = ("red", "rgb(1,2,3)", "transparent", "null", "a b")
_NULLS = ("null", "none", "undefined", "constructor")
_FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
_ALPHABETS = {"": None, ", digits": text.DIGITS, ", words": text.WORDS, ", accented letters": "\u00e9"}
_USUAL = text.LETTERS + text.DIGITS
_USUAL_LENGTH = 8
_LONG = 64
_FEW = 3
_FAR = 10


@dataclass(frozen=True)
class _Part:
    """A run of a pattern, and how many of its characters an example has."""

    run: pattern_structure.Run
    count: int
    name: str
    """Its place, if there are several."""

    def written(self) -> str:
        return pattern_structure.cycled(self.run.characters, self.count)


def of_length(node: Schema) -> Iterator[Labelled]:
    """Generate texts that are too long: by one character in several alphabets, then by far."""
    most = node["maxLength"]
    for label, characters in _ALPHABETS.items():
        yield from _labelled(
            f"one character too many{label}", boundary_strings.filled(node, most + 1, characters)
        )
    if "pattern" not in node:
        yield from _labelled(
            "one character too many, in lines", boundary_strings.filled(node, most + 1, text.LINES)
        )
        fits = next(boundary_strings.filled(node, most))
        yield from (
            ("a blank too many at the end", f"{fits} "),
            ("a blank too many at the beginning", f" {fits}"),
        )
    yield from _labelled("more than twice too long", boundary_strings.filled(node, 2 * most + 1))
    yield from _labelled("far too long", boundary_strings.filled(node, _FAR * most))


def of_enumeration(members: Sequence[str]) -> Iterator[Labelled]:
    """Generate texts that resemble the members of an enumeration."""
    yield "empty", ""
    for member in members[:_FEW]:
        yield f"{member!r} in the other letter case", member.swapcase()
        yield f"{member!r} with a capital", member.capitalize()
    first = members[0]
    yield f"{first!r} and a space", f"{first} "
    yield f"a space and {first!r}", f" {first}"
    yield f"{first!r} and a letter", f"{first}x"
    yield f"{first!r} and a line break", f"{first}\n"
    yield f"{first!r} with another last letter", f"{first[:-1]}i"
    yield f"{first!r} without its end", first[:-1]
    yield "two of them at once", ",".join(members[:2])
    yield from ((f"{each!r} in snake case", each.replace("-", "_")) for each in members if "-" in each)
    yield "another word", "something"
    yield from ((f"the word {word!r}", word) for word in _NULLS)


def of_pattern(node: Schema) -> Iterator[Labelled]:
    """Generate texts that almost match the node's pattern."""
    row = pattern_structure.runs(node["pattern"])
    example = _example(node)
    yield "empty", ""
    endless = row is None or pattern_structure.longest(row) is None
    yield from _with_foreign(example, FOREIGN if endless else _LOOK_ALIKES)
    yield from _with_blanks(example)
    if row is not None:
        yield from _of_parts(_parts(node, row))
        yield from _with_wrong_ends(node, row)
        yield from _with_the_next_letter(example, row)
    yield "the other letter case", example.swapcase()
    yield from ((f"the text {word!r}", word) for word in _WORDS)
    if endless:
        yield from _with_foreign(example, _SELDOM)


def _labelled(label: str, texts: Iterable[str]) -> Iterator[Labelled]:
    yield from ((label, text) for text in texts)


def _example(node: Schema) -> str:
    length = bounds.lengths(node)
    wanted = max(length.least, _USUAL_LENGTH)
    texts = boundary_strings.filled(node, wanted if length.most is None else min(wanted, length.most), _USUAL)
    tried = (
        each for each in boundary_strings.of_each_kind(node) if validation.matches_pattern(node["pattern"], each)
    )
    return next(chain(texts, tried), "")


def _with_foreign(example: str, foreign: Mapping[str, str]) -> Iterator[Labelled]:
    """Put a foreign character in place of one of the example's, past the middle, where classes are likely."""
    place = len(example) * 2 // 3
    for label, character in foreign.items():
        yield f"{label} inside", example[:place] + character + example[place + 1 :]


def _with_blanks(example: str) -> Iterator[Labelled]:
    for label, blank in _BLANKS.items():
        yield f"a leading {label}", blank + example
        yield f"a trailing {label}", example + blank
    yield from ((f"a trailing {label}", example + end) for label, end in _ENDS.items())


def _with_wrong_ends(node: Schema, row: pattern_structure.Runs) -> Iterator[Labelled]:
    """Generate a long text that is right but for its last, or but for its first character."""
    most = bounds.lengths(node).most
    mark = next((mark for mark in _MARKS if not any(run.admits(mark) for run in row)), " ")
    for right in boundary_strings.filled(
        node, max(pattern_structure.shortest(row), _LONG if most is None else most), _USUAL
    ):
        yield "a wrong last character", right[:-1] + mark
        yield "a wrong first character", mark + right[1:]


def _with_the_next_letter(example: str, row: pattern_structure.Runs) -> Iterator[Labelled]:
    """Generate texts that end in the letter after the last of a range, as g comes after f."""
    alphabet = pattern_structure.alphabet(row)
    for kind in pattern_structure.kinds(alphabet):
        letter = chr(ord(kind[-1]) + 1)
        if letter.isalpha() and letter not in alphabet:
            yield f"the letter {letter} at the end", example[:-1] + letter


def _parts(node: Schema, row: pattern_structure.Runs) -> list[_Part]:
    counts = pattern_structure.counts(row, max(bounds.lengths(node).least, 1)) or [run.least for run in row]
    names = [f" in part {place}" if len(row) > 1 else "" for place in range(1, len(row) + 1)]
    return [_Part(*part) for part in zip(row, counts, names, strict=True)]


def _of_parts(parts: Sequence[_Part]) -> Iterator[Labelled]:
    """Generate texts with one part changed: in how many characters it has, or in which."""
    for part in parts:
        for label, changed in (*_with_other_counts(part), *_with_other_characters(part)):
            texts = ((changed if other is part else other).written() for other in parts)
            yield label + part.name, "".join(texts)


def _with_other_counts(part: _Part) -> Iterator[tuple[str, _Part]]:
    run = part.run
    yield "one too few", replace(part, count=max(run.least - 1, 0))
    yield "half", replace(part, count=run.least // 2)
    if run.most is not None:
        yield "one too many", replace(part, count=run.most + 1)
    if run.most is not None and not run.fixed:
        yield "two too many", replace(part, count=run.most + 2)


def _with_other_characters(part: _Part) -> Iterator[tuple[str, _Part]]:
    run = part.run
    if run.fixed:
        yield "0x", replace(part, run=replace(run, characters="0x"), count=2)
        return
    others = "".join(letter for letter in text.LETTERS if not run.admits(letter))
    if others:
        yield "other letters", replace(part, run=replace(run, characters=others))
    twins = run.characters.translate(_FULL_WIDTH)
    yield "full-width characters", replace(part, run=replace(run, characters=twins))
