"""Checks of malformed and unusual request bodies: rejected if documented, never a server error."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from conformance.http.exchange import Headers
from conformance.testkit import expect, sampling
from conformance.testkit.api_client import ApiClient
from conformance.testkit.markers import requirement, requirements
from conformance.testkit.resource_client import ResourceClient, encode_body
from spec.operations import operation
from strategies.date_times import WITHOUT_OFFSET
from strategies.sample_text import PROTOTYPE_NAMES, SPECIAL_NAMES

_SMOKE_BODIES: Final = 5  # at --effort smoke
_SMOKE_VALUES: Final = 3  # at --effort smoke
_NOT_JSON: Final = (b"{", b'{"display_name":', b"{'display_name': 'NAME'}", b"display_name=NAME")
_NOT_OBJECTS: Final = (b"[]", b'"text"', b"1", b"true", b"null", b"[{}]")
_OTHER_TYPES: Final = ("text/plain", "application/x-www-form-urlencoded", "application/xml")
_CHARSETS: Final = ("application/json; charset=utf-8", "application/json;charset=UTF-8")
_CONTROL_CHARACTERS: Final = ("\0", "\x1b[31m", "\u202e")
_LONE_SURROGATE: Final = rb"\ud800"
_INVALID_UTF8: Final = b"\xff\xfe"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_HUGE: Final = (b"1e400", b"-1e400", b"9" * 400, b"1e-400", b"9223372036854775808")
_DEPTH: Final = 200  # levels: far beyond any use, within the default limits of parsers
_GREAT_DEPTH: Final = 100_000  # levels: beyond the stack of a recursive parser


@requirements("prefix", {"VC-CREATE-MALFORMED-JSON": "VC", "FCR-CREATE-MALFORMED-JSON": "FCR"})
def test_a_body_that_is_not_valid_json_is_rejected(api: ApiClient, prefix: str) -> None:
    collection = _collection(api, prefix)
    whole = encode_body(collection.minimal())
    corrupted = (
        *(whole[:-1], whole[:-1] + b",}", whole + b" x", whole + whole, b"x" + whole),
        *(whole.replace(b'"', b"", 2), whole[:-1] + b', "unknown_member": True}'),
    )
    bodies = sampling.collection_share(collection, [*_NOT_JSON, *corrupted])
    for round_trip in collection.create_read_delete_each([_with_name(api, body) for body in bodies]):
        expect.authorized(round_trip.created)
        expect.rejected(round_trip.created)


@requirements("prefix", {"VC-CREATE-BODY-REQUIRED": "VC", "FCR-CREATE-BODY-REQUIRED": "FCR"})
def test_a_create_without_a_body_is_rejected(api: ApiClient, prefix: str) -> None:
    collection = _collection(api, prefix)
    expect.rejected(collection.create(b""))
    expect.rejected(collection.create(b"", headers=()))
    as_query = {member: str(value) for member, value in collection.minimal().items()}
    expect.rejected(collection.create(b"", query=as_query))
    expect.rejected(collection.create(b"{}", query=as_query))


@requirements("prefix", {"VC-CREATE-BODY-OBJECT": "VC", "FCR-CREATE-BODY-OBJECT": "FCR"})
def test_a_body_that_is_not_an_object_is_rejected(api: ApiClient, prefix: str) -> None:
    collection = _collection(api, prefix)
    wrapped = (encode_body([collection.minimal()]), encode_body(encode_body(collection.minimal()).decode()))
    for round_trip in collection.create_read_delete_each(
        sampling.subset(api.effort, [*wrapped, *_NOT_OBJECTS], _SMOKE_BODIES)
    ):
        expect.rejected(round_trip.created)


@requirements("prefix", {"VC-CREATE-EMPTY-OBJECT": "VC", "FCR-CREATE-EMPTY-OBJECT": "FCR"})
def test_an_empty_object_is_rejected(api: ApiClient, prefix: str) -> None:
    expect.rejected_as_invalid(_collection(api, prefix).create({}))


@requirement("VC-CREATE-OTHER-MEDIA-TYPE")
def test_a_body_of_another_media_type_is_rejected(api: ApiClient) -> None:
    for media_type in _OTHER_TYPES:
        expect.rejected_as_unsupported_media_type(
            api.video.create(api.video.minimal(), headers=_content_type(media_type))
        )


@requirements("prefix", {"VC-CREATE-CHARSET": "VC", "FCR-CREATE-CHARSET": "FCR"})
def test_a_charset_parameter_is_accepted(api: ApiClient, prefix: str) -> None:
    collection = _collection(api, prefix)
    for media_type in sampling.subset(api.effort, _CHARSETS, 1):
        expect.accepted(
            collection.create_read_delete(
                collection.minimal(), headers=_content_type(media_type), read=False
            ).created
        )


@requirement("API-PARAM-CASE")
def test_member_names_are_case_sensitive(api: ApiClient) -> None:
    """Send the required string with its name in another case, beside the other required members."""
    for collection in api.claimed_collections():
        body = collection.minimal()
        name, *_ = body
        first, *words = name.split("_")
        spellings = {name.title(), name.upper(), first + "".join(map(str.title, words))} - {name}
        for spelling in sorted(spellings):
            other = {member: value for member, value in body.items() if member != name}
            expect.rejected_as_invalid(collection.create({**other, spelling: api.fresh_name()}))


@requirement("API-ERR-DEEP-NESTING")
def test_deep_nesting_causes_no_server_error(api: ApiClient) -> None:
    _expect_no_server_error(api, [{member: _nested(_DEPTH)} for member in ("description", "unknown")])


@requirement("API-ERR-VERY-DEEP-NESTING")
def test_very_deep_nesting_causes_no_server_error(api: ApiClient) -> None:
    for collection in api.claimed_collections():
        body = b"[" * _GREAT_DEPTH + b"]" * _GREAT_DEPTH
        expect.no_server_error(collection.create(body, assessed=False))


@requirement("API-ERR-HUGE-NUMBER")
def test_huge_numbers_cause_no_server_error(api: ApiClient) -> None:
    for number in sampling.subset(api.effort, _HUGE, 3):
        for collection in api.claimed_collections():
            body = encode_body(collection.minimal(record_on_start="NUMBER", max_members="NUMBER"))
            expect.no_server_error(collection.create_read_delete(body.replace(b'"NUMBER"', number)).created)


@requirement("API-ERR-MEMBER-NAMES")
def test_special_member_names_cause_no_server_error(api: ApiClient) -> None:
    """Send the names that servers reject as attacks apart from the others, which they might hide."""
    special, prototype = (dict.fromkeys(names, "text") for names in (SPECIAL_NAMES, PROTOTYPE_NAMES))
    _expect_no_server_error(api, sampling.subset(api.effort, (special, prototype, {"meta": prototype}), 1))


@requirement("API-ERR-NO-OFFSET")
def test_a_date_time_without_an_offset_causes_no_server_error(api: ApiClient) -> None:
    """Libraries that have local times raise an error when one is compared with an instant."""
    cases = (
        {"join_from": WITHOUT_OFFSET, "join_until": "2041-05-20T07:08:09Z"},
        {"join_from": "2041-04-20T07:08:09Z", "join_until": WITHOUT_OFFSET},
        {"join_from": WITHOUT_OFFSET},
        {"join_until": WITHOUT_OFFSET},
    )
    _expect_no_server_error(api, sampling.subset(api.effort, cases, 1))


@requirement("API-ERR-ALL-MEMBERS")
def test_the_same_value_for_every_member_causes_no_server_error(api: ApiClient) -> None:
    """One member has the name by which the resource can be found: with numbers, another than with null."""
    for collection in api.claimed_collections():
        label, *_ = collection.minimal()
        [other] = {"name", "display_name"} - {label}
        members = (operation(collection.create_id).request or {})["properties"]
        cases = ((None, label), ("", label), (0.5, other), (1, other), (True, other))
        for value, found_by in sampling.subset(api.effort, cases, _SMOKE_VALUES):
            body = {**dict.fromkeys(members, value), found_by: api.fresh_name()}
            expect.no_server_error(collection.create_read_delete(body, read=False).created)


@requirement("API-ERR-DUPLICATE-MEMBERS")
def test_a_duplicate_member_causes_no_server_error(api: ApiClient) -> None:
    for collection in api.claimed_collections():
        body = encode_body(collection.minimal())
        expect.no_server_error(collection.create_read_delete(body[:-1] + b", " + body[1:]).created)


@requirement("API-ERR-NUL")
def test_control_characters_cause_no_server_error(api: ApiClient) -> None:
    texts = sampling.subset(api.effort, _CONTROL_CHARACTERS, 1)
    members = ("display_name", "description")
    _expect_no_server_error(api, [{member: text} for text in texts for member in members])
    for collection in api.claimed_collections():
        for round_trip in collection.create_read_delete_each(_unusual_encodings(collection)):
            expect.no_server_error(round_trip.created)


def _expect_no_server_error(api: ApiClient, cases: Sequence[Mapping[str, Any]]) -> None:
    for collection in api.claimed_collections():
        bodies = [collection.with_traceable_name({**collection.minimal(), **members}) for members in cases]
        for round_trip in collection.create_read_delete_each(bodies, read=False):
            expect.no_server_error(round_trip.created)


def _unusual_encodings(collection: ResourceClient) -> list[bytes]:
    """Return bodies that are valid but for their encoding."""
    bodies = [encode_body(collection.minimal(display_name="TEXT")) for _ in range(2)]
    texts = (_LONE_SURROGATE, _INVALID_UTF8)
    marked = _BYTE_ORDER_MARK + encode_body(collection.minimal())
    return [*(body.replace(b"TEXT", text) for body, text in zip(bodies, texts, strict=True)), marked]


def _with_name(api: ApiClient, body: bytes) -> bytes:
    """Return a body with a unique name in place of NAME."""
    return body.replace(b"NAME", api.fresh_name().encode())


def _collection(api: ApiClient, prefix: str) -> ResourceClient:
    return api.collection(f"{prefix}-CREATE")


def _content_type(media_type: str) -> Headers:
    return (("content-type", media_type),)


def _nested(depth: int) -> Any:
    value: Any = "innermost"
    for _ in range(depth):
        value = [value]
    return value
