"""Free text: labelled samples, and alphabets for random text."""

from collections.abc import Mapping

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

LITERALS = ("null", "true", "false", "None", "undefined", "NaN")
"""Words that are values of a programming language."""
FREE_TEXTS: Mapping[str, str] = {
    "a mixture": (
        ' <b>A</b> &amp; "B"\'s  C:\\new 100%25 {{x}} ${HOME} #1 a+b=c,d;e? (f)* [g]! h_i~j|k^l`m@n --o'
        "\t\u00fc\u00df\u0416\u4f1a\u05d0\u063a\u201c\ufb01\u201d\u00a0\uff21 e\u0301"
        " \u00ad\u2764\ufe0f\U0001f389\u200d\U0001f467\r\nline\n\u2028\u2029end\r "
    ),
    "the word null": "null",
    "the word true": "true",
    "digits only": "1234567890",
    "plain words": "A quiet room",
    "several spaces and a tab": "Two  spaces,   then\ta tab",
    "a leading space": " after a space",
    "a trailing space": "before a space ",
    "quotes and apostrophes": "The \"new\" room isn't 'O'Brien'; --",
    "typographic quotes and dashes": "\u201cBoard\u201d \u2013 \u2018A\u2019 \u2026\u00a0end",
    "markup": "<b>bold</b> &amp; &lt;plain&gt; <script>alert(1)</script> end",
    "backslashes and percent signs": r"C:\new\table 100%25 + 20% %s, a%20b%2Fc%C3%A9",
    "template placeholders": "{{ name }} ${HOME} #{x} <%= y %>",
    "JSON": '{"a": [1, null, "\\u0041"]}',
    "German, Cyrillic and Chinese": (
        "Gr\u00f6\u00dfe \u041f\u0435\u0440\u0435\u0433\u043e\u0432\u043e\u0440\u043d\u0430\u044f"
        " \u4f1a\u8bae\u5ba4"
    ),
    "Arabic and Hebrew": (
        "\u063a\u0631\u0641\u0629 \u0627\u0644\u0627\u062c\u062a\u0645\u0627\u0639"
        " \u05d7\u05d3\u05e8 \u05d9\u05e9\u05d9\u05d1\u05d5\u05ea"
    ),
    "a letter and a combining accent": "Cafe\u0301",
    "the same letter in one character": "Caf\u00e9",
    "emoji of one and several characters": (
        "\U0001f389 \U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f \U0001f1e9\U0001f1ea"
    ),
    "line breaks": "First line\nsecond line\n\nfourth line",
    "a line break at the end": "The last line\n",
    "carriage returns": "First line\r\nsecond line\r\n\r\nfourth line\rfifth line",
    "line and paragraph separators": "one\u2028two\u2029three",
    "zero-padded digits": "007",
    "a decimal fraction": "1.50",
    "digits with an exponent": "1e5",
    "a hexadecimal number": "0x10",
    **{f"the word {word}": word for word in LITERALS},
    "an empty JSON array": "[]",
    "an empty JSON object": "{}",
    "a date-time": "2041-05-06T07:08:09Z",
    "one long word": "Donaudampfschifffahrtsgesellschaftskapitaen",
    "a trailing dot": "Room 1.",
    "a hundred letters": "Lorem-Ipsum_" * 8 + "sit-",
}
"""Strings that are shorter than every limit and not blank, by label."""

SPECIAL_NAMES = (
    *("constructor", "toString", "valueOf", "hasOwnProperty", "length"),
    *("self", "cls", "class", "type", "__class__", "__init__"),
    *("_id", "_links", "$ref", "$set", "@type", "errors", "attributes", "method", "object_id"),
    *("", " ", "a.b", "a[b]", "a/b", "0", "-", "\u00e9"),
)
"""Member names that are special to programming languages, databases or frameworks."""
PROTOTYPE_NAMES = ("__proto__", "prototype")
"""Names by which a member can change the prototype of an object in JavaScript; servers may reject them."""

WORDS = "The quick brown fox jumps over the lazy dog, 0123456789 times (or so); "
LETTERS = "abcdefghijklmnopqrstuvwxyz"
MARKUP = "a<b>&\"'c"
LINES = "line\n"
DIGITS = "1234567890"
BASIC_LETTERS = ("\u00e9", "\u0436", "\u6f22")
"""Letters that count as one character unless bytes are counted."""
ASTRAL_CHARACTERS = ("\U0001f600", "\U00020000")
"""An emoji and a letter, each two UTF-16 code units."""

_RANGES = (
    ("\t", "\n"),
    (" ", "~"),
    ("\u00c0", "\u00ff"),
    ("\u03b1", "\u03c9"),
    ("\u0410", "\u044f"),
    ("\u05d0", "\u05ea"),
    ("\u0621", "\u063a"),
    ("\u3042", "\u3093"),
    ("\u4e00", "\u4eff"),
)
_BASIC = "".join(chr(code) for first, last in _RANGES for code in range(ord(first), ord(last) + 1))
NON_BLANK_CHARACTERS = "".join(character for character in _BASIC if not character.isspace())
_WITH_EMOJI = _BASIC + "".join(map(chr, range(0x1F600, 0x1F650)))
_DEFAULT_SPAN = 100
_MAX_BYTES = 4


def free_texts(least: int = 0, most: int | None = None) -> SearchStrategy[str]:
    """Generate free text, including line breaks, tabs, letters of many scripts and emoji.

    Excludes blank strings, control characters, combining marks and other characters that servers count
    differently. Some servers count an emoji as two or four characters: there are none if the limit is too low
    for that. The length is at most a quarter of the limit; boundary values cover longer strings.
    """
    shortest = max(least, 1)
    if most is None:
        return _not_blank(_WITH_EMOJI, shortest, shortest + _DEFAULT_SPAN)
    if shortest <= most // _MAX_BYTES:
        return _not_blank(_WITH_EMOJI, shortest, most // _MAX_BYTES)
    return _not_blank(_BASIC, shortest, most)


def _not_blank(alphabet: str, least: int, most: int) -> SearchStrategy[str]:
    return st.text(alphabet, min_size=least, max_size=most).map(_visible)


def _visible(text: str) -> str:
    return text if text.strip() else "0" + text[1:]
