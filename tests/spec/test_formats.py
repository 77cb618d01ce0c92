"""Formats follow their standards, including boundary cases."""

from collections.abc import Callable

import pytest

from spec.formats import is_date, is_date_time, is_uri, is_uuid

ARABIC_DIGITS = {ord("0") + digit: 0x0660 + digit for digit in range(10)}
FULL_WIDTH_DIGITS = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}

DATE_TIMES = [
    "2041-05-06T07:08:09Z",
    "2041-05-06t07:08:09z",
    "2041-05-06T07:08:09.5Z",
    "2041-05-06T07:08:09.123456789012Z",
    "2041-05-06T07:08:09+02:00",
    "2041-05-06T07:08:09-00:00",
    "2041-05-06T07:08:09+23:59",
    "2044-02-29T00:00:00Z",
    "2000-02-29T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "2022-01-01T23:59:60Z",
    "2016-12-31T15:59:60-08:00",
    "2017-01-01T05:29:60.5+05:30",
]
INVALID_DATE_TIMES = [
    "",
    "soon",
    "2041-05-06",
    "2041-05-06T",
    "2041-05-06T07:08Z",
    "2041-05-06T07:08:09",
    "2041-05-06 07:08:09Z",
    "2041-05-06T07:08:09 Z",
    "2041-05-06T07:08:09Z\n",
    " 2041-05-06T07:08:09Z",
    "2041-05-06T07:08:09.Z",
    "2041-05-06T07:08:09,5Z",
    "2041-05-06T07:08:09+0200",
    "2041-05-06T07:08:09+24:00",
    "2041-05-06T07:08:09+02:60",
    "2041-05-06T24:00:00Z",
    "2041-05-06T07:60:09Z",
    "2041-05-06T07:08:61Z",
    "2041-05-06T07:08:60Z",
    "2041-05-06T23:59:60+02:00",
    "2041-00-06T07:08:09Z",
    "2041-13-06T07:08:09Z",
    "2041-05-00T07:08:09Z",
    "2041-05-32T07:08:09Z",
    "2041-04-31T07:08:09Z",
    "2041-02-29T07:08:09Z",
    "2100-02-29T07:08:09Z",
    "20410506T070809Z",
    "41-05-06T07:08:09Z",
    "12041-05-06T07:08:09Z",
    "+2041-05-06T07:08:09Z",
    "2041-05-06T07:08:09Z".translate(ARABIC_DIGITS),
    "2041-05-06T07:08:09Z".translate(FULL_WIDTH_DIGITS),
]
DATES = ["2041-05-06", "2044-02-29", "0000-02-29", "9999-12-31"]
INVALID_DATES = [
    "",
    "2041-5-6",
    "2041-02-29",
    "2041-05-06\n",
    "2041-05-06T00:00:00Z",
    "20410506",
    "2041-05-06".translate(ARABIC_DIGITS),
]
UUIDS = ["0f4e2a9c-61d8-4b7e-8c15-3a9b7d5e6f10", "0F4E2A9C-61D8-4B7E-8C15-3A9B7D5E6F10"]
INVALID_UUIDS = [
    "",
    "0f4e2a9c61d84b7e8c153a9b7d5e6f10",
    "{0f4e2a9c-61d8-4b7e-8c15-3a9b7d5e6f10}",
    "0f4e2a9c-61d8-4b7e-8c15-3a9b7d5e6f1",
    "0f4e2a9c-61d8-4b7e-8c15-3a9b7d5e6f1g",
    "0f4e2a9c-61d8-4b7e-8c15-3a9b7d5e6f10\n",
    "urn:uuid:0f4e2a9c-61d8-4b7e-8c15-3a9b7d5e6f10",
]
URIS = ["https://example.com/a?b=c#d", "urn:isbn:0451450523", "rtmps://example.com/live", "http://[::1]/"]
INVALID_URIS = [
    "",
    "example.com",
    "/path",
    "https://example.com/a b",
    "https://example.com/é",
    "http://[::1/",
    "a:b\n",
]


@pytest.mark.parametrize(
    "check, texts",
    [(is_date_time, DATE_TIMES), (is_date, DATES), (is_uuid, UUIDS), (is_uri, URIS)],
)
def test_valid_strings_are_accepted(check: Callable[[str], bool], texts: list[str]) -> None:
    assert [text for text in texts if not check(text)] == []


@pytest.mark.parametrize(
    "check, texts",
    [
        (is_date_time, INVALID_DATE_TIMES),
        (is_date, INVALID_DATES),
        (is_uuid, INVALID_UUIDS),
        (is_uri, INVALID_URIS),
    ],
)
def test_other_strings_are_rejected(check: Callable[[str], bool], texts: list[str]) -> None:
    assert [text for text in texts if check(text)] == []
