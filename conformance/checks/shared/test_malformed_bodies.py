"""Bodies that are no proper request: refused where that is documented, never answered with a 5xx."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from conformance.http.exchange import Headers
from conformance.testkit import expect, sampling
from conformance.testkit.api_client import Api, Collection, encoded
from conformance.testkit.markers import each_of, requirement
from strategies.date_times import ANCIENT

_FEW: Final = 5  # bodies, where little is to be sent
_FEW_DATES: Final = 3
_NOT_JSON: Final = (b"{", b'{"display_name":', b"{'display_name': 'NAME'}", b"display_name=NAME")
_NOT_OBJECTS: Final = (b"[]", b'"text"', b"1", b"true", b"null", b"[{}]")
_OTHER_TYPES: Final = ("text/plain", "application/x-www-form-urlencoded", "application/xml")
_CHARSETS: Final = ("application/json; charset=utf-8", "application/json;charset=UTF-8")
_ODD_TEXTS: Final = ("\0", "\x1b[31m", "\u202e")
_ODD_BYTES: Final = (
    rb'{"display_name": "\ud800", "name": "NAME"}',
    b'{"display_name": "\xff\xfe", "name": "NAME"}',
    b'\xef\xbb\xbf{"display_name": "NAME"}',
)
_HUGE: Final = (b"1e400", b"-1e400", b"9" * 400, b"1e-400", b"9223372036854775808")
_DEPTH: Final = 200  # levels: far beyond any use, within what parsers allow by default
_GREAT_DEPTH: Final = 100_000  # levels: beyond what recursive parsers can do


@each_of("prefix", {"VC-CREATE-MALFORMED-JSON": "VC", "FCR-CREATE-MALFORMED-JSON": "FCR"})
def test_a_body_that_is_not_json_is_refused(api: Api, prefix: str) -> None:
    collection = _collection(api, prefix)
    whole = encoded(collection.minimal())
    spoilt = (whole[:-1], whole[:-1] + b",}", whole + b" x", whole + whole, b"x" + whole)
    sent = sampling.few(api.effort, [*_NOT_JSON, *spoilt], _FEW)
    for visit in collection.visit_each([_named(api, body) for body in sent]):
        expect.authorized(visit.created)
        expect.rejected(visit.created)


@each_of("prefix", {"VC-CREATE-BODY-REQUIRED": "VC", "FCR-CREATE-BODY-REQUIRED": "FCR"})
def test_a_create_without_a_body_is_refused(api: Api, prefix: str) -> None:
    collection = _collection(api, prefix)
    expect.rejected(collection.create(b""))
    expect.rejected(collection.create(b"", headers=()))
    as_query = {member: str(value) for member, value in collection.minimal().items()}
    expect.rejected(collection.create(b"", query=as_query))
    expect.rejected(collection.create(b"{}", query=as_query))


@each_of("prefix", {"VC-CREATE-BODY-OBJECT": "VC", "FCR-CREATE-BODY-OBJECT": "FCR"})
def test_a_body_that_is_no_object_is_refused(api: Api, prefix: str) -> None:
    collection = _collection(api, prefix)
    within = (encoded([collection.minimal()]), encoded(encoded(collection.minimal()).decode()))
    for visit in collection.visit_each(sampling.few(api.effort, [*_NOT_OBJECTS, *within], _FEW)):
        expect.rejected(visit.created)


@each_of("prefix", {"VC-CREATE-EMPTY-OBJECT": "VC", "FCR-CREATE-EMPTY-OBJECT": "FCR"})
def test_an_empty_object_is_refused(api: Api, prefix: str) -> None:
    expect.refused(_collection(api, prefix).create({}))


@requirement("VC-CREATE-OTHER-MEDIA-TYPE")
def test_a_body_of_another_media_type_is_refused(api: Api) -> None:
    for media_type in _OTHER_TYPES:
        expect.unsupported(api.video.create(api.video.minimal(), headers=_typed(media_type)))


@each_of("prefix", {"VC-CREATE-CHARSET": "VC", "FCR-CREATE-CHARSET": "FCR"})
def test_a_charset_parameter_is_accepted(api: Api, prefix: str) -> None:
    collection = _collection(api, prefix)
    for media_type in sampling.few(api.effort, _CHARSETS, 1):
        expect.accepted(
            collection.visit(collection.minimal(), headers=_typed(media_type), read=False).created
        )


@requirement("API-PARAM-CASE")
def test_the_letter_case_of_a_member_counts(api: Api) -> None:
    for member in ("Display_Name", "DISPLAY_NAME", "displayName"):
        expect.refused(api.video.create({member: api.fresh_name()}))


@requirement("API-ERR-DEEP-NESTING")
def test_deep_nesting_is_answered(api: Api) -> None:
    _expect_answered(api, [{member: _nested(_DEPTH)} for member in ("description", "unknown")])


@requirement("API-ERR-VERY-DEEP-NESTING")
def test_very_deep_nesting_is_answered(api: Api) -> None:
    for collection in api.claimed():
        body = b"[" * _GREAT_DEPTH + b"]" * _GREAT_DEPTH
        expect.answered(collection.create(body, judged=False))


@requirement("API-ERR-HUGE-NUMBER")
def test_huge_numbers_are_answered(api: Api) -> None:
    for number in sampling.few(api.effort, _HUGE, 3):
        for collection in api.claimed():
            body = encoded(collection.minimal(record_on_start="NUMBER", max_members="NUMBER"))
            expect.answered(collection.visit(body.replace(b'"NUMBER"', number)).created)


@requirement("API-ERR-ANCIENT-DATE")
def test_a_date_long_past_is_answered(api: Api) -> None:
    members = ("join_from", "join_until")
    each_in_each = [{member: date} for date in ANCIENT for member in members]
    _expect_answered(api, sampling.few(api.effort, each_in_each, _FEW_DATES))


@requirement("API-ERR-DUPLICATE-MEMBERS")
def test_a_member_that_stands_twice_is_answered(api: Api) -> None:
    for collection in api.claimed():
        body = encoded(collection.minimal())
        expect.answered(collection.visit(body[:-1] + b", " + body[1:]).created)


@requirement("API-ERR-NUL")
def test_control_characters_are_answered(api: Api) -> None:
    texts = sampling.few(api.effort, _ODD_TEXTS, 1)
    _expect_answered(api, [{member: text} for text in texts for member in ("display_name", "description")])
    for collection in api.claimed():
        for visit in collection.visit_each([_named(api, body) for body in _ODD_BYTES]):
            expect.answered(visit.created)


def _expect_answered(api: Api, cases: Sequence[Mapping[str, Any]]) -> None:
    for collection in api.claimed():
        for visit in collection.visit_each([collection.minimal(**each) for each in cases], read=False):
            expect.answered(visit.created)


def _named(api: Api, body: bytes) -> bytes:
    """Return a body with a fresh name in the place that is left for one."""
    return body.replace(b"NAME", api.fresh_name().encode())


def _collection(api: Api, prefix: str) -> Collection:
    return api.collection(f"{prefix}-CREATE")


def _typed(media_type: str) -> Headers:
    return (("content-type", media_type),)


def _nested(depth: int) -> Any:
    value: Any = "within"
    for _ in range(depth):
        value = [value]
    return value
