"""The text on a value states what is wrong with it, and what a reader could overlook."""

from typing import Any

import pytest

from conformance.results.value_text import (
    difference_text,
    invalid_value_text,
    notable_value_text,
    parse_with_number_texts,
    value_text,
)
from spec.operations import operation
from spec.validation import resource_schemas

CONFERENCE = (operation("VC-CREATE").request or {})["properties"]
ROOM = (operation("FCR-CREATE").request or {})["properties"]


@pytest.mark.parametrize(
    "member, value, text",
    [
        (
            "display_name",
            f"{'a' * 200} ",
            "display_name has 201 characters; at most 200 are allowed; the last character is a space",
        ),
        ("dark_primary", "#AABBCC\n", "dark_primary ends in a newline"),
        ("name", "abc\u00a0d", "name contains U+00A0 NO-BREAK SPACE at position 4"),
        ("name", " abc", "name begins with a space"),
        ("name", "", "name is empty"),
        ("name", None, "name is null; expected a string of at most 100 characters"),
        ("dark_primary", "#AABBC", 'dark_primary is "#AABBC"; it does not match ^#[0-9a-fA-F]{6}$'),
        ("quality", "720P", 'quality is "720P"; expected 720p or 1080p; only the letter case differs'),
        ("enable_chat", "true", 'enable_chat is "true", a string; expected a boolean'),
        ("layout", "9x9", 'layout is "9x9"; expected one of the 13 documented values'),
        (
            "join_from",
            "2041-05-06T07:08:09",
            'join_from is "2041-05-06T07:08:09"; it is not an RFC 3339 date-time; it has no UTC offset',
        ),
        (
            "join_from",
            "2041-02-30T07:08:09Z",
            (
                'join_from is "2041-02-30T07:08:09Z"; it is not an RFC 3339 date-time; '
                "the date, the time or the offset does not exist"
            ),
        ),
        ("quality", "720p", ""),
    ],
)
def test_an_invalid_value_is_described_by_what_it_violates(member: str, value: Any, text: str) -> None:
    assert invalid_value_text(member, value, CONFERENCE[member]) == text


def test_a_number_is_shown_as_it_is_written() -> None:
    sent = parse_with_number_texts(b'{"max_members": 1e400}')
    assert invalid_value_text("max_members", sent["max_members"], ROOM["max_members"]) == (
        "max_members is 1e400; expected an integer from 0 to 300"
    )
    assert invalid_value_text("max_members", 301, ROOM["max_members"]) == (
        "max_members is 301; the maximum is 300"
    )
    assert value_text(10**400) == "a number of 401 digits"


@pytest.mark.parametrize(
    "values, text",
    [
        (("#AABBCC", "#DDEEFF"), 'm: sent "#AABBCC", received "#DDEEFF"'),
        (("a", None), 'm: sent "a", received null'),
        (("a\n", "a"), 'm: sent "a\\n", received "a"; at position 2: the end instead of a newline'),
        (("abc", "ABC"), 'm: sent "abc", received "ABC"; only the letter case differs'),
        (
            ("2041-05-06T07:08:09+05:00", "2041-05-06T07:08:09Z"),
            'm: sent "2041-05-06T07:08:09+05:00" (2041-05-06T02:08:09Z), received "2041-05-06T07:08:09Z"',
        ),
        (("2041-05-06", "x"), 'm: sent "2041-05-06" (2041-05-06T00:00:00Z), received "x"'),
        (
            ("a" * 100 + "&" + "b" * 100, "a" * 100 + "&amp;" + "b" * 100),
            (
                f'm: sent …"{"a" * 11}&{"b" * 12}"… (201 characters), received …"{"a" * 11}&amp;{"b" * 8}"… '
                '(205 characters); at position 102: "a" instead of "b"'
            ),
        ),
        (
            ("caf\u00e9", "cafe\u0301"),
            (
                'm: sent "caf\u00e9", received "cafe\u0301"; '
                'at position 4: "e" instead of U+00E9 LATIN SMALL LETTER E WITH ACUTE'
            ),
        ),
    ],
)
def test_a_difference_shows_both_values_and_where_they_differ(values: tuple[Any, Any], text: str) -> None:
    assert difference_text("m", *values, label="sent") == text


def test_a_valid_value_is_shown_with_what_a_reader_could_overlook() -> None:
    assert notable_value_text("name", "a ") == 'name is "a "; the last character is a space'
    assert (
        notable_value_text("name", "\ud800")
        == 'name is "\ud800"; the first character is U+D800, a lone surrogate'
    )
    assert notable_value_text("description", "x" * 3000) == "description has 3000 characters"


def test_no_keyword_of_this_project_occurs_in_a_description() -> None:
    schemas = [node for schema in resource_schemas().values() for node in schema["properties"].values()]
    for schema in [*schemas, *CONFERENCE.values(), *ROOM.values()]:
        values: list[Any] = [None, "x", 1.5, {}, [], True]
        for value in values:
            assert "x-" not in invalid_value_text("member", value, schema).replace('"x"', "")
