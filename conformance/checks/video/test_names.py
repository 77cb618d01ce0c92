"""Checks of the name of a conference: it is unique, and generated if omitted."""

from collections.abc import Iterator
from functools import partial
from hashlib import blake2b
from typing import Any

from conformance.http.exchange import Exchange, any_overlap
from conformance.results.assertion import Assertion, Rule
from conformance.results.value_text import invalid_value_text
from conformance.results.verdict import NOT_OBSERVED, Explanation, Finding, Inconclusive
from conformance.testkit import expect, sampling
from conformance.testkit.api_client import ApiClient
from conformance.testkit.markers import requirement
from conformance.testkit.traffic import Traffic
from spec.operations import operation
from spec.validation import validation_errors

_CONCURRENT_CREATES = 6  # with the same name
_MIN_RACES = 3
_MAX_RACES = 10  # until two creates overlap in time


@requirement("VC-CREATE-NAME-UNIQUE")
def test_a_second_create_with_the_same_name_is_rejected(api: ApiClient) -> None:
    """Try a name of maximum length too, different second bodies, and a get of the first in between."""
    schema = (operation("VC-CREATE").request or {})["properties"]["name"]
    longest = api.make_unique("n" * schema["maxLength"], schema)
    for name in (api.fresh_name(), longest):
        with api.video.existing(name=name) as first:
            expect.rejected_as_duplicate_name(api.video.create(api.video.minimal(name=name)))
            expect.rejected_as_duplicate_name(api.video.create(api.video.full(name=name)))
            expect.accepted(api.video.get(str(first.id)))
            expect.rejected_as_duplicate_name(api.video.create(api.video.minimal(name=name)))


@requirement("VC-CREATE-NAME-DISTINCT")
def test_different_names_can_be_used_for_different_conferences(api: ApiClient) -> None:
    name = f"{api.fresh_name()}-{'n' * 60}"
    with api.video.existing(name=name):
        variants = (f"{name}-", f"_{name}", f"{name}x", name[:-1], f"{name[:-1]}x", f"x{name}")
        _expect_available(api, *variants, name.replace("-", "_"))
    number = str(int(blake2b(name.encode(), digest_size=8).hexdigest(), 16))
    with api.video.existing(name=number):
        _expect_available(api, f"0{number}")


def _expect_available(api: ApiClient, *names: str) -> None:
    for name in names:
        expect.accepted(api.video.create_read_delete(api.video.minimal(name=name), read=False).created)


@requirement("VC-CREATE-NAME-GENERATED-TAKEN")
def test_a_create_with_a_generated_name_in_use_is_rejected(api: ApiClient) -> None:
    schema = (operation("VC-CREATE").request or {})["properties"]["name"]
    with api.video.existing() as created:
        name = expect.resource(created).get("name")
        if validation_errors(schema, name):
            raise Inconclusive(NOT_OBSERVED, "a request cannot contain the generated name", created)
        expect.rejected_as_duplicate_name(api.video.create(api.video.minimal(name=name)))


@requirement("VC-CREATE-NAME-UNIQUE-RACE")
def test_at_most_one_of_several_concurrent_creates_with_the_same_name_succeeds(api: ApiClient) -> None:
    """Inconclusive unless two creates overlap in time."""
    if api.concurrency == 1:
        raise Inconclusive("concurrency", "requests are sent one at a time (--concurrency 1)")
    least = len(sampling.subset(api.effort, range(_MIN_RACES), 2))
    overlapped = False
    for race in range(_MAX_RACES):
        if race >= least and overlapped:
            return
        responses = _race(api)
        overlapped = overlapped or any_overlap(responses)
    if not overlapped:
        raise Inconclusive(
            "concurrency", "no two creates with the same name overlapped in time", responses[0]
        )


def _race(api: ApiClient) -> list[Exchange]:
    """Send several concurrent creates with the same name and expect at most one success."""
    body = api.video.minimal(name=api.fresh_name())
    responses = api.send_concurrently([partial(api.video.create, body)] * _CONCURRENT_CREATES)
    created = [exchange for exchange in responses if exchange.succeeded]
    if len(created) > 1:
        raise Finding(
            "at most one conference created",
            created[1],
            created[0],
            assertion=Assertion(Rule.ONE_SUCCESS),
        )
    if not created:
        raise Inconclusive("not-created", "none of the creates was accepted", responses[0])
    api.video.delete_if_owned(str(created[0].id))
    return responses


@requirement("VC-CREATE-NAME-GENERATED")
def test_a_conference_without_a_name_gets_a_generated_one(traffic: Traffic) -> None:
    for exchange, name in _generated_names(traffic):
        if not isinstance(name, str):
            assertion = Assertion(Rule.SCHEMA, {"type": "string"}, ("name",))
            raise Finding("name is a string", exchange, assertion=assertion)


@requirement("VC-CREATE-NAME-GENERATED-NONEMPTY")
def test_a_generated_name_is_not_empty(traffic: Traffic) -> None:
    for exchange, name in _generated_names(traffic):
        if name == "":
            assertion = Assertion(Rule.SCHEMA, {"minLength": 1}, ("name",))
            raise Finding("name is not empty", exchange, assertion=assertion)


@requirement("VC-CREATE-NAME-GENERATED-PATTERN")
def test_a_generated_name_has_only_allowed_characters(traffic: Traffic) -> None:
    _expect_valid(traffic, "pattern")


@requirement("VC-CREATE-NAME-GENERATED-LENGTH")
def test_a_generated_name_has_an_allowed_length(traffic: Traffic) -> None:
    _expect_valid(traffic, "maxLength")


@requirement("VC-CREATE-NAME-GENERATED-UNIQUE")
def test_generated_names_are_unique(api: ApiClient) -> None:
    """Send identical bodies: a server that generates a name in use would reject the second."""
    title = api.fresh_name()
    with api.video.existing(display_name=title) as first:
        second = api.video.create_read_delete(api.video.minimal(display_name=title)).created
        expect.accepted(second)
        if expect.resource(first).get("name") == expect.resource(second).get("name"):
            assertion = Assertion(Rule.DIFFERENT, path=("name",), earlier=first, earlier_path=("name",))
            raise Finding("a name that no other conference has", second, first, assertion=assertion)


def _generated_names(traffic: Traffic) -> Iterator[tuple[Exchange, Any]]:
    for creation in traffic.creations("VC-CREATE"):
        if "name" not in creation.body:
            traffic.count(creation.exchange)
            yield creation.exchange, creation.resource.get("name")


def _expect_valid(traffic: Traffic, keyword: str) -> None:
    schema = (operation("VC-CREATE").request or {})["properties"]["name"]
    for exchange, name in _generated_names(traffic):
        for error in validation_errors(schema, name):
            if error.validator == keyword:
                problem = invalid_value_text("name", name, schema)
                raise Finding(
                    f"a name that satisfies {keyword} {schema[keyword]}",
                    exchange,
                    explanation=Explanation(problem),
                    assertion=Assertion(Rule.SCHEMA, {keyword: schema[keyword]}, ("name",)),
                )
