"""The name of a conference: it identifies one, and the target makes one up where none is sent."""

from collections.abc import Iterator
from functools import partial
from hashlib import blake2b
from typing import Any

from conformance.http.exchange import Exchange, overlap
from conformance.results.verdict import NEVER_SEEN, Finding, Unobserved
from conformance.testkit import expect, sampling
from conformance.testkit.api_client import Api
from conformance.testkit.markers import requirement
from conformance.testkit.traffic import Seen
from spec.operations import operation
from spec.validation import errors

_AT_ONCE = 6  # creates of one name sent together
_RACES = 3
_MOST_RACES = 10  # until two creates overlap in time


@requirement("VC-CREATE-NAME-UNIQUE")
def test_a_second_conference_of_a_name_is_refused(api: Api) -> None:
    """A long one too, whatever else the second body says, and after the first was read."""
    schema = (operation("VC-CREATE").request or {})["properties"]["name"]
    longest = api.unique("n" * schema["maxLength"], schema)
    for name in (api.fresh_name(), longest):
        with api.video.existing(name=name) as first:
            expect.taken(api.video.create(api.video.minimal(name=name)))
            expect.taken(api.video.create(api.video.full(name=name)))
            expect.accepted(api.video.get(str(first.id)))
            expect.taken(api.video.create(api.video.minimal(name=name)))


@requirement("VC-CREATE-NAME-DISTINCT")
def test_names_that_differ_are_different_names(api: Api) -> None:
    name = f"{api.fresh_name()}-{'n' * 60}"
    with api.video.existing(name=name):
        ends = (f"{name}-", f"_{name}", f"{name}x", name[:-1], f"{name[:-1]}x", f"x{name}")
        _expect_free(api, *ends, name.replace("-", "_"))
    number = str(int(blake2b(name.encode(), digest_size=8).hexdigest(), 16))
    with api.video.existing(name=number):
        _expect_free(api, f"0{number}")


def _expect_free(api: Api, *names: str) -> None:
    for name in names:
        expect.accepted(api.video.visit(api.video.minimal(name=name), read=False).created)


@requirement("VC-CREATE-NAME-GENERATED-TAKEN")
def test_a_name_that_the_target_made_is_taken(api: Api) -> None:
    schema = (operation("VC-CREATE").request or {})["properties"]["name"]
    with api.video.existing() as made:
        name = expect.resource(made).get("name")
        if errors(schema, name):
            raise Unobserved(NEVER_SEEN, "the generated name is none that may be sent", made)
        expect.taken(api.video.create(api.video.minimal(name=name)))


@requirement("VC-CREATE-NAME-UNIQUE-RACE")
def test_of_equal_names_at_once_one_at_most_is_created(api: Api) -> None:
    """Without two creates that overlap in time there was no race, and nothing is decided."""
    if api.concurrency == 1:
        raise Unobserved("concurrency", "requests are sent one at a time (--concurrency 1)")
    least = len(sampling.few(api.effort, range(_RACES), 2))
    overlapped = False
    for race in range(_MOST_RACES):
        if race >= least and overlapped:
            return
        responses = _race(api)
        overlapped = overlapped or overlap(responses)
    if not overlapped:
        raise Unobserved("concurrency", "no two creates of one name overlapped in time", responses[0])


def _race(api: Api) -> list[Exchange]:
    """Create one name several times at once; at most one create may succeed."""
    body = api.video.minimal(name=api.fresh_name())
    responses = api.at_once([partial(api.video.create, body)] * _AT_ONCE)
    created = [exchange for exchange in responses if exchange.succeeded]
    if len(created) > 1:
        raise Finding("one conference at most", created[1], created[0])
    if not created:
        raise Unobserved("not-created", "none of the creates was accepted", responses[0])
    api.video.discard(str(created[0].id))
    return responses


@requirement("VC-CREATE-NAME-GENERATED")
def test_a_conference_without_a_name_is_given_one(seen: Seen) -> None:
    for exchange, name in _generated(seen):
        if not isinstance(name, str):
            raise Finding("name is a string", exchange)


@requirement("VC-CREATE-NAME-GENERATED-NONEMPTY")
def test_a_generated_name_is_not_empty(seen: Seen) -> None:
    for exchange, name in _generated(seen):
        if name == "":
            raise Finding("name is not empty", exchange)


@requirement("VC-CREATE-NAME-GENERATED-PATTERN")
def test_a_generated_name_keeps_to_the_allowed_characters(seen: Seen) -> None:
    _keeps(seen, "pattern")


@requirement("VC-CREATE-NAME-GENERATED-LENGTH")
def test_a_generated_name_keeps_to_the_allowed_length(seen: Seen) -> None:
    _keeps(seen, "maxLength")


@requirement("VC-CREATE-NAME-GENERATED-UNIQUE")
def test_generated_names_of_conferences_that_exist_differ(api: Api) -> None:
    """A second body like the first has to be accepted: a name in use is no name of its own."""
    title = api.fresh_name()
    with api.video.existing(display_name=title) as first:
        second = api.video.visit(api.video.minimal(display_name=title)).created
        expect.accepted(second)
        if expect.resource(first).get("name") == expect.resource(second).get("name"):
            raise Finding("a name that no other conference has", second, first)


def _generated(seen: Seen) -> Iterator[tuple[Exchange, Any]]:
    for creation in seen.creations("VC-CREATE"):
        if "name" not in creation.sent:
            seen.count()
            yield creation.exchange, creation.answer.get("name")


def _keeps(seen: Seen, keyword: str) -> None:
    schema = (operation("VC-CREATE").request or {})["properties"]["name"]
    for exchange, name in _generated(seen):
        for broken in errors(schema, name):
            if broken.validator == keyword:
                raise Finding(f"name keeps to {keyword} {schema[keyword]}", exchange)
