"""The edges of strings: lengths, kinds of characters, and what a pattern allows.

The functions yield candidates; those that a node does not allow (a limit out of a pattern's reach, say) are
dropped by whoever asks for them.
"""

from collections.abc import Iterator

from strategies import bounds, format_values, pattern_structure
from strategies import sample_text as text
from strategies.schema_nodes import Schema

_MANY = 6


def edges(node: Schema) -> Iterator[str]:
    """Generate texts at the edges of a string node, the simplest first."""
    if format_values.has_one(node):
        yield from format_values.of(node).samples
    elif "pattern" in node:
        yield from of_each_kind(node)
        yield from _of_each_length(node)
    else:
        yield "a"
        yield from _of_each_length(node)
        yield from _of_each_width(node)


def at_the_limit(node: Schema) -> Iterator[str]:
    """Generate texts exactly as long as maxLength says, some in characters that servers might count twice."""
    if "maxLength" in node:
        for characters in (None, text.WORDS, text.DIGITS, text.MARKUP, text.LINES):
            yield from filled(node, node["maxLength"], characters)


def of_each_kind(node: Schema) -> Iterator[str]:
    """Generate the shortest text of each kind of character that the pattern has, then texts with all.

    Where these are of several characters, each kind's first and last stand alone besides: nothing but zeros
    is what servers take for nothing at all.
    """
    row = pattern_structure.runs(node["pattern"])
    if row is None:
        yield from _tried(node)
        return
    least, kinds = (
        max(bounds.lengths(node).least, 1),
        pattern_structure.kinds(pattern_structure.alphabet(row)),
    )
    ends = (character for kind in kinds for character in (kind[0], kind[-1])) if _fixed(row) else ()
    for characters in (*kinds, *ends):
        yield from filled(node, least, characters)
    yield from _with_all(row, bounds.lengths(node))


def _fixed(row: pattern_structure.Runs) -> bool:
    return pattern_structure.longest(row) is not None


def filled(node: Schema, length: int, characters: str | None = None) -> Iterator[str]:
    """Generate the text of that length that goes round these characters; None: round all that the node has.

    Where a pattern asks for others, it gets its own. There is no text if the pattern has none of that length
    or none of these characters, or if its structure is not known.
    """
    if "pattern" not in node:
        yield _not_trimmed(pattern_structure.cycled(characters or text.LETTERS + text.DIGITS, length))
        return
    row = pattern_structure.runs(node["pattern"])
    shares = pattern_structure.counts(row, length) if row else None
    if row and shares and (characters is None or pattern_structure.has_any(row, characters)):
        yield pattern_structure.spelled(
            row if characters is None else pattern_structure.only(row, characters), shares
        )


def _of_each_length(node: Schema) -> Iterator[str]:
    length = bounds.lengths(node)
    ends = [length.least, length.least + 1]
    if length.most is not None:
        ends += [length.most - 1, length.most]
    for count in ends:
        yield from filled(node, max(count, 0))


def _of_each_width(node: Schema) -> Iterator[str]:
    most = node.get("maxLength")
    if most is not None:
        yield from (character * most for character in text.BASIC_LETTERS)
        yield from (character * (most // 2) for character in text.ASTRAL_CHARACTERS)


def _with_all(row: pattern_structure.Runs, length: bounds.Limits) -> Iterator[str]:
    """Generate texts that together have all characters of the run with the most of them."""
    widest = max(row, key=lambda run: len(run.characters))
    count = len(widest.characters)
    whole = max(pattern_structure.shortest(row) - widest.least + count, length.least)
    shares = pattern_structure.counts(row, whole if length.most is None else min(whole, length.most))
    if shares is not None:
        step = max(*shares, 1)
        yield from (
            pattern_structure.spelled(row, shares, start=start)
            for start in range(0, min(count, _MANY * step), step)
        )


def _tried(node: Schema) -> Iterator[str]:
    """Generate texts that may match a pattern of unknown structure: the node's own examples, then words."""
    yield from node.get("examples", ())
    yield from text.FREE_TEXTS.values()


def _not_trimmed(text: str) -> str:
    """Return the text with a full stop for a blank at its end, which some server might not count."""
    return text[:-1] + "." if text[-1:].isspace() else text
