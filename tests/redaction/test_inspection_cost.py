"""Cost of the inspection of a response: linear in its size, for any content."""

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
FACTOR = 8  # between the sizes; quadratic work would take 64 times as long
MAX_RATIO = 24  # of the times, with a margin for a busy machine
MAX_RATIO_TO_PLAIN = 120  # of the time of plain text; a pattern with a bounded repeat exceeds it
ATTEMPTS = 3
REPEATED_TEXTS = {
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
    "the start of the token": TOKEN[:7],
    "the token in base64": base64.b64encode(TOKEN.encode()).decode(),
    "the token in hexadecimal": TOKEN.encode().hex(),
    "arrays": "[",
    "spaces": " ",
}
MASK = secret_mask(Account(PROJECT, TOKEN), Connection())


def repeat_to_size(unit: str, size: int) -> str:
    return (unit * (size // len(unit) + 1))[:size]


def inspect(text: str) -> None:
    MASK(mask_response_secrets(text))
    body = text.encode()
    parse_json(body)
    _ = Response(200, (("content-type", text[:1_000]),), body).json


def cpu_seconds(function: Callable[[], None]) -> float:
    """Return the minimum CPU time of several calls, which depends little on other processes."""
    measurements = []
    for _ in range(ATTEMPTS):
        started = time.process_time()
        function()
        measurements.append(time.process_time() - started)
    return min(measurements)


@pytest.fixture(scope="module")
def plain_seconds() -> float:
    """Return the seconds for a large text without anything to decode."""
    return cpu_seconds(partial(inspect, repeat_to_size("plain text ", FACTOR * SIZE)))


@pytest.mark.parametrize("unit", REPEATED_TEXTS.values(), ids=REPEATED_TEXTS)
def test_a_response_is_inspected_in_linear_time(unit: str, plain_seconds: float) -> None:
    small, large = (
        cpu_seconds(partial(inspect, repeat_to_size(unit, size))) for size in (SIZE, FACTOR * SIZE)
    )
    assert large < MAX_RATIO * max(small, 0.001)
    assert large < MAX_RATIO_TO_PLAIN * plain_seconds


@pytest.mark.parametrize(
    "prefix",
    ['"', '"token":"', '"token"', "rtmp://", "rtmp://a/", '"preview_url":"a?', '"preview_url":"'],
)
def test_one_long_word_is_inspected_in_linear_time(prefix: str, plain_seconds: float) -> None:
    small, large = (
        cpu_seconds(partial(inspect, prefix + "a_" * (size // 2))) for size in (SIZE, FACTOR * SIZE)
    )
    assert large < MAX_RATIO * max(small, 0.001)
    assert large < MAX_RATIO_TO_PLAIN * plain_seconds
