"""Pattern structures agree with the regular expression engine."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spec.validation import matches_pattern
from strategies import invalid_values, pattern_structure, valid_values
from strategies.pattern_structure import CharacterRun

CERTAIN = settings(max_examples=30, derandomize=True, database=None, deadline=None)
BASIC_PLANE = [chr(code) for code in range(0x10000) if not 0xD800 <= code <= 0xDFFF]
CLASSES = [
    "[A-Za-z0-9_-]",
    "[0-9a-fA-F]",
    "[^A-Z]",
    "[^\\d\\s]",
    "[\\w.:-]",
    "[-a]",
    "[\\]\\\\^-]",
    "[\\x41-\\x43\\u00e9\\t]",
    "[$.|?*+(){}]",
    "\\d",
    "\\D",
    "\\w",
    "\\W",
    ".",
    "a",
    "\\.",
    "\\t",
    "\\u00e9",
]
COUNTS = [
    ("", 1, 1),
    ("*", 0, None),
    ("+", 1, None),
    ("?", 0, 1),
    ("{3}", 3, 3),
    ("{3,}", 3, None),
    ("{3,5}", 3, 5),
    ("+?", 1, None),
]
SUPPORTED = [
    "^[A-Za-z0-9_-]+$",
    "^#[0-9a-fA-F]{6}$",
    "^[A-Z]{1,3}-[0-9]{2,4}$",
    "^\\+\\d{6,}$",
    "^[a-z][a-z0-9]*$",
    "^v?\\d+\\.\\d+$",
    "^[^<>]{2,5}$",
    "^a.c$",
    "^\\w{3}\\W?$",
    "^[\\u0430-\\u044f]{2}$",
]
UNSUPPORTED = [
    "abc",
    "^abc",
    "abc$",
    "^(a|b)$",
    "^a|b$",
    "^(?=a)a$",
    "^[\\D]$",
    "^[]$",
    "^\\bword\\b$",
    "^\\1$",
    "^\\p{L}$",
    "^[\\x00-\\x08]$",
    "^a{,3}$",
    "^$",
]


@pytest.mark.parametrize("expression", CLASSES)
def test_a_class_admits_the_characters_that_the_engine_matches(expression: str) -> None:
    row = pattern_structure.runs(f"^{expression}$")
    assert row is not None
    (run,) = row
    # ECMA-262 has more line ends and blanks than Python's engine has in ASCII.
    exceptions = {
        "\r",
        "\u2028",
        "\u2029",
        *(character for character in BASIC_PLANE if character > "\x7f" and character.isspace()),
        "\ufeff",
    }
    engine = re.compile(expression, re.ASCII)
    differing = {
        character for character in BASIC_PLANE if run.admits(character) != bool(engine.fullmatch(character))
    }
    assert differing <= (exceptions if "s" in expression or expression == "." else set())
    assert all(run.admits(character) for character in run.characters)


@pytest.mark.parametrize("count, least, most", COUNTS)
def test_counts_are_parsed(count: str, least: int, most: int | None) -> None:
    assert pattern_structure.runs(f"^a{count}$") == (CharacterRun("a", least, most, "a"),)


@pytest.mark.parametrize("pattern", UNSUPPORTED)
def test_unsupported_structures_have_no_runs(pattern: str) -> None:
    assert pattern_structure.runs(pattern) is None


@pytest.mark.parametrize("pattern", SUPPORTED)
def test_lengths_are_those_of_the_shortest_and_the_longest_match(pattern: str) -> None:
    row = pattern_structure.runs(pattern) or ()
    least, most = pattern_structure.shortest_length(row), pattern_structure.longest_length(row)
    for length in range(12):
        shares = pattern_structure.distribute_length(row, length)
        assert (shares is not None) is (least <= length and (most is None or length <= most))
        assert shares is None or matches_pattern(
            pattern, pattern_structure.write_runs(row, shares, start=length)
        )


@pytest.mark.parametrize("pattern", SUPPORTED)
@CERTAIN
@given(data=st.data())
def test_generated_strings_match(pattern: str, data: st.DataObject) -> None:
    text = data.draw(valid_values.conforming({"type": "string", "pattern": pattern, "maxLength": 7}))
    assert matches_pattern(pattern, text)
    assert len(text) <= 7


@pytest.mark.parametrize("pattern", SUPPORTED)
@CERTAIN
@given(data=st.data())
def test_near_misses_do_not_match(pattern: str, data: st.DataObject) -> None:
    node = {"type": "string", "pattern": pattern}
    near_misses = [violation.value for violation in invalid_values.invalid_values(node, "PATTERN")]
    assert len(near_misses) >= 5
    for text in (*near_misses, data.draw(invalid_values.random_invalid_values(node, "PATTERN")).value):
        assert not matches_pattern(pattern, text)


def test_characters_are_repeated_to_the_length() -> None:
    assert pattern_structure.repeat_to_length("abc", 7) == "abcabca"
    assert pattern_structure.repeat_to_length("abc", 4, start=5) == "cabc"


def test_characters_are_grouped_by_kind() -> None:
    assert pattern_structure.group_by_kind("-A1b_B2a") == ["ba", "AB", "12", "-", "_"]


def test_runs_can_be_restricted_to_characters() -> None:
    row = pattern_structure.runs("^[a-z]{2}-[0-9]{2}$") or ()
    assert pattern_structure.write_runs(pattern_structure.restrict_to(row, "zy"), [2, 1, 2]) == "zy-01"
    assert pattern_structure.admits_any(row, "z")
    assert not pattern_structure.admits_any(row, "-Z")
    assert pattern_structure.alphabet(row) == "abcdefghijklmnopqrstuvwxyz0123456789"
