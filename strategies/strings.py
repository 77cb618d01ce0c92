"""The edges of strings: lengths, kinds of characters, and what a pattern allows.

The functions yield candidates; those that a node does not allow (a limit out of a pattern's reach, say) are
dropped by whoever asks for them.
"""

from collections.abc import Iterator

from strategies import formats, limits, patterns, text
from strategies.nodes import Schema

_MANY = 6


def edges(node: Schema) -> Iterator[str]:
    """Generate texts at the edges of a string node, the simplest first."""
    if formats.has_one(node):
        yield from formats.of(node).samples
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
    row = patterns.runs(node["pattern"])
    if row is None:
        yield from _tried(node)
        return
    least, kinds = max(limits.lengths(node).least, 1), patterns.kinds(patterns.alphabet(row))
    ends = (character for kind in kinds for character in (kind[0], kind[-1])) if _fixed(row) else ()
    for characters in (*kinds, *ends):
        yield from filled(node, least, characters)
    yield from _with_all(row, limits.lengths(node))


def _fixed(row: patterns.Runs) -> bool:
    return patterns.longest(row) is not None


def filled(node: Schema, length: int, characters: str | None = None) -> Iterator[str]:
    """Generate the text of that length that goes round these characters; None: round all that the node has.

    Where a pattern asks for others, it gets its own. There is no text if the pattern has none of that length
    or none of these characters, or if its structure is not known.
    """
    if "pattern" not in node:
        yield _not_trimmed(patterns.cycled(characters or text.LETTERS + text.DIGITS, length))
        return
    row = patterns.runs(node["pattern"])
    shares = patterns.counts(row, length) if row else None
    if row and shares and (characters is None or patterns.has_any(row, characters)):
        yield patterns.spelled(row if characters is None else patterns.only(row, characters), shares)


def _of_each_length(node: Schema) -> Iterator[str]:
    length = limits.lengths(node)
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


def _with_all(row: patterns.Runs, length: limits.Limits) -> Iterator[str]:
    """Generate texts that together have all characters of the run with the most of them."""
    widest = max(row, key=lambda run: len(run.characters))
    count = len(widest.characters)
    whole = max(patterns.shortest(row) - widest.least + count, length.least)
    shares = patterns.counts(row, whole if length.most is None else min(whole, length.most))
    if shares is not None:
        step = max(*shares, 1)
        yield from (
            patterns.spelled(row, shares, start=start) for start in range(0, min(count, _MANY * step), step)
        )


def _tried(node: Schema) -> Iterator[str]:
    """Generate texts that may match a pattern of unknown structure: the node's own examples, then words."""
    yield from node.get("examples", ())
    yield from text.FREE_TEXTS.values()


def _not_trimmed(text: str) -> str:
    """Return the text with a full stop for a blank at its end, which some server might not count."""
    return text[:-1] + "." if text[-1:].isspace() else text
