"""The cost of inspecting a response grows linearly with its size, for any content."""

import base64
import time
from collections.abc import Callable
from functools import partial

import pytest

from conformance.config.target import Connection
from conformance.http.credentials import Account
from conformance.http.exchange import Response
from conformance.http.json_body import parse_json
from conformance.redaction.masking import secret_mask
from conformance.redaction.response_secrets import mask_response_secrets

TOKEN = "PTa1b9c27de4f05836Kd7x"
PROJECT = "57a2d512-1111-4000-8000-00000000000a"
SIZE = 60_000
TIMES = 8  # as large; quadratic work would take 64 times as long
MOST = 24  # times as long, with room for a busy machine
MOST_OF_PLAIN = 120  # times as long as plain text; a pattern with a bounded repeat costs more than that
ATTEMPTS = 3
REPEATED = {
    "addresses of streams": "rtmp://",
    "addresses of streams with a host": "rtmp://a/",
    "addresses of streams with a key": "rtmps://a/b",
    "escaped addresses of streams": r"rtmp:\/\/a\/",
    "members named token": '"token":"',
    "members named token with spaces": '"token"   :   ',
    "unfinished tokens": '"token":"aaaaaaaaaaaaaaaa',
    "names with underscores": '"a_a_a_',
    "signed addresses": '"preview_url":"a?b',
    "unfinished signed addresses": '"preview_url":"',
    "quotes": '"',
    "backslashes": "\\",
    "percent escapes of percent signs": "%25",
    "entities of ampersands": "&amp;",
    "unfinished entities": "&a",
    "numeric entities": "&#37;",
    "escapes of backslashes": r"\u005c",
    "zero bytes": "\0",
    "base64": base64.b64encode(b"abcdefghijk").decode(),
    "the token": TOKEN,
    "a part of the token": TOKEN[:13],
    "the beginning of the token": TOKEN[:7],
    "the token in base64": base64.b64encode(TOKEN.encode()).decode(),
    "the token in hexadecimal": TOKEN.encode().hex(),
    "arrays": "[",
    "spaces": " ",
}
SEAL = secret_mask(Account(PROJECT, TOKEN), Connection())


def sized(unit: str, size: int) -> str:
    return (unit * (size // len(unit) + 1))[:size]


def inspected(text: str) -> None:
    SEAL(mask_response_secrets(text))
    body = text.encode()
    parse_json(body)
    _ = Response(200, (("content-type", text[:1_000]),), body).json


def seconds(act: Callable[[], None]) -> float:
    """Return the minimum CPU time of several calls, which depends little on other processes."""
    took = []
    for _ in range(ATTEMPTS):
        before = time.process_time()
        act()
        took.append(time.process_time() - before)
    return min(took)


@pytest.fixture(scope="module")
def plain() -> float:
    """Return the seconds for a large text without anything to decode."""
    return seconds(partial(inspected, sized("plain text ", TIMES * SIZE)))


@pytest.mark.parametrize("unit", REPEATED.values(), ids=REPEATED)
def test_a_response_is_inspected_in_linear_time(unit: str, plain: float) -> None:
    small, large = (seconds(partial(inspected, sized(unit, size))) for size in (SIZE, TIMES * SIZE))
    assert large < MOST * max(small, 0.001)
    assert large < MOST_OF_PLAIN * plain


@pytest.mark.parametrize(
    "before",
    ['"', '"token":"', '"token"', "rtmp://", "rtmp://a/", '"preview_url":"a?', '"preview_url":"'],
)
def test_one_large_text_is_inspected_in_linear_time(before: str, plain: float) -> None:
    small, large = (seconds(partial(inspected, before + "a_" * (size // 2))) for size in (SIZE, TIMES * SIZE))
    assert large < MOST * max(small, 0.001)
    assert large < MOST_OF_PLAIN * plain
