"""Differences between the expected and the received, and marked lines of a body."""

from typing import Any

import pytest

from reports.presentation.finding_diff import Piece, body_lines, difference, member_names
from tests.support.run_records import (
    exchange,
    finding,
)


def marked_text(pieces: Any) -> str:
    return "".join(f"[{piece.text}]" if piece.marked else piece.text for piece in pieces)


@pytest.mark.parametrize(
    "expected, response_body, marked_expected, marked_received",
    [
        (
            "join_from is the instant 2041-05-06T00:00:00Z",
            '{"join_from":"2041-05-06T23:59:59Z"}',
            "join_from is the instant 2041-05-06T[00]:[00]:[00]Z",
            "join_from is the instant 2041-05-06T[23]:[59]:[59]Z",
        ),
        ('quality is "720p"', '{"quality":"1080p"}', 'quality is "[720]p"', 'quality is "[1080]p"'),
        ("room.layout is null", '{"room":{"layout":{}}}', "room.layout is [null]", "room.layout is [{}]"),
        ("meta is present", '{"name":1}', "meta[ is present]", "[no ]meta"),
        ("errors[].url is present", '{"errors":[{"a":1}]}', None, None),
        ("errors[].code is x", '{"errors":[{"code":"y"},{"code":"z"}]}', None, "errors[].code is [y, z]"),
        ("status 401", "{}", "status [401]", "status [200]"),
        ("the request is accepted", "{}", "the request is accepted", "[status 200]"),
        ("something else", "{}", "something else", "what came"),
        ("meta is null", "no JSON", "meta is null", "what came"),
        ("meta is null", "[" * 9_000, "meta is null", "what came"),
        (f"meta is {'x' * 700}", '{"meta":1}', f"meta is {'x' * 700}", "meta is 1"),
    ],
)
def test_differences_are_marked(
    expected: str, response_body: str, marked_expected: str | None, marked_received: str | None
) -> None:
    result = difference(
        finding(expected=expected, received="what came", steps=[exchange(body=response_body)])
    )
    assert marked_expected is None or marked_text(result.expected) == marked_expected
    assert marked_received is None or marked_text(result.received) == marked_received


def test_without_a_response_the_received_text_is_unchanged() -> None:
    without_response = finding(received="no answer: reset", steps=[exchange(response=None, failure="reset")])
    assert difference(without_response).received == [Piece("no answer: reset")]
    assert difference(finding(received="x", steps=[])).received == [Piece("x")]


def test_a_body_is_split_into_lines_and_its_member_is_marked() -> None:
    lines = body_lines('{"a":1.0,"b":{"c":[],"d":[1e5,{}]},"e":"\\u0041,{"}', member_names('b is "e"'))
    assert [line.text for line in lines] == [
        "{",
        '  "a": 1.0,',
        '  "b": {',
        '    "c": [],',
        '    "d": [',
        "      1e5,",
        "      {}",
        "    ]",
        "  },",
        '  "e": "\\u0041,{"',
        "}",
    ]
    assert [line.text for line in lines if line.marked] == ['  "b": {']


def test_the_lines_of_a_body_that_is_not_json_are_unchanged() -> None:
    assert [line.text for line in body_lines("<html>\n a", frozenset())] == ["<html>", " a"]


def test_the_indentation_of_a_nested_body_is_limited() -> None:
    lines = body_lines(f"{'[' * 500}{']' * 500}", frozenset())
    assert max(len(line.text) for line in lines) < 50


def test_a_value_that_is_nested_too_deeply_is_described(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def too_deep(*_: Any, **__: Any) -> str:
        raise RecursionError

    nested = finding(expected="meta is null", steps=[exchange(body='{"meta":[[]]}')])
    monkeypatch.setattr("reports.presentation.finding_diff.json.dumps", too_deep)
    assert "".join(piece.text for piece in difference(nested).received) == "meta is a deeply nested value"


@pytest.mark.parametrize("depth", range(960, 1000))
def test_every_nesting_depth_is_supported(depth: int) -> None:
    body = f'{{"meta":{"[" * depth}{"]" * depth}}}'
    difference(finding(expected="meta is null", steps=[exchange(body=body)]))
