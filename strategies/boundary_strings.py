"""Boundary values of strings: lengths, kinds of characters, and characters that a pattern allows.

The functions yield candidates; callers drop those that the node does not allow, such as strings of a length
that the pattern cannot reach.
"""

from collections.abc import Iterator

from strategies import bounds, format_values, pattern_structure
from strategies import sample_text as text
from strategies.schema_nodes import Schema

_MANY = 6


def boundary_strings(node: Schema) -> Iterator[str]:
    """Generate boundary values of a string node, the simplest first."""
    if format_values.has_format(node):
        yield from format_values.format_of(node).samples
    elif "pattern" in node:
        yield from character_kind_strings(node)
        yield from _of_each_length(node)
    else:
        yield "a"
        yield from _of_each_length(node)
        yield from _of_each_width(node)


def max_length_strings(node: Schema) -> Iterator[str]:
    """Generate strings of exactly maxLength characters, some with characters that servers may count twice."""
    if "maxLength" in node:
        for characters in (None, text.WORDS, text.DIGITS, text.MARKUP, text.LINES):
            yield from strings_of_length(node, node["maxLength"], characters)


def character_kind_strings(node: Schema) -> Iterator[str]:
    """Generate the shortest string of each kind of character of the pattern, then strings with all of them.

    If the length is fixed, also generate strings of only the first and only the last character of each kind:
    some servers treat a string of zeros as empty.
    """
    row = pattern_structure.runs(node["pattern"])
    if row is None:
        yield from _guesses(node)
        return
    least, kinds = (
        max(bounds.length_limits(node).least, 1),
        pattern_structure.group_by_kind(pattern_structure.alphabet(row)),
    )
    ends = (character for kind in kinds for character in (kind[0], kind[-1])) if _has_maximum(row) else ()
    for characters in (*kinds, *ends):
        yield from strings_of_length(node, least, characters)
    yield from _with_all(row, bounds.length_limits(node))


def _has_maximum(row: pattern_structure.Runs) -> bool:
    return pattern_structure.longest_length(row) is not None


def strings_of_length(node: Schema, length: int, characters: str | None = None) -> Iterator[str]:
    """Generate one string of the length that repeats the characters; None: all characters of the node.

    Parts of a pattern that do not allow the characters get their own. Nothing is generated if the pattern
    allows no string of that length, none of the characters, or has an unsupported structure.
    """
    if "pattern" not in node:
        yield _not_trimmed(
            pattern_structure.repeat_to_length(characters or text.LETTERS + text.DIGITS, length)
        )
        return
    row = pattern_structure.runs(node["pattern"])
    shares = pattern_structure.distribute_length(row, length) if row else None
    if row and shares and (characters is None or pattern_structure.admits_any(row, characters)):
        yield pattern_structure.write_runs(
            row if characters is None else pattern_structure.restrict_to(row, characters), shares
        )


def _of_each_length(node: Schema) -> Iterator[str]:
    length = bounds.length_limits(node)
    ends = [length.least, length.least + 1]
    if length.most is not None:
        ends += [length.most - 1, length.most]
    for count in ends:
        yield from strings_of_length(node, max(count, 0))


def _of_each_width(node: Schema) -> Iterator[str]:
    most = node.get("maxLength")
    if most is not None:
        yield from (character * most for character in text.BASIC_LETTERS)
        yield from (character * (most // 2) for character in text.ASTRAL_CHARACTERS)


def _with_all(row: pattern_structure.Runs, length: bounds.Bounds) -> Iterator[str]:
    """Generate strings that together contain all characters of the run with the most characters."""
    widest = max(row, key=lambda run: len(run.characters))
    count = len(widest.characters)
    total = max(pattern_structure.shortest_length(row) - widest.least + count, length.least)
    shares = pattern_structure.distribute_length(
        row, total if length.most is None else min(total, length.most)
    )
    if shares is not None:
        step = max(*shares, 1)
        yield from (
            pattern_structure.write_runs(row, shares, start=start)
            for start in range(0, min(count, _MANY * step), step)
        )


def _guesses(node: Schema) -> Iterator[str]:
    """Generate strings that may match a pattern of unsupported structure: the node's examples, then words."""
    yield from node.get("examples", ())
    yield from text.FREE_TEXTS.values()


def _not_trimmed(text: str) -> str:
    """Replace trailing whitespace, which a server may trim, by a full stop."""
    return text[:-1] + "." if text[-1:].isspace() else text
