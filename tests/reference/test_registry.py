"""Every fault and variant is registered, and every variant changes the responses of the server."""

import json
import re
from functools import cache
from itertools import zip_longest

import pytest

from reference.api.behavior import ServerBehavior
from reference.api.messages import RawResponse, Resource
from reference.faults import FAULTS, MUST_FAULTS, SHOULD_FAULTS
from reference.registry import UnknownIdError, compose, listing
from reference.variants import VARIANTS
from spec.catalogue import Level, catalogue
from tests.reference.conversation import MINIMAL, Conversation
from tests.support.texts.avoided_words import violations

SENTENCE = re.compile(r"[A-Z].*[^.]\.")


@cache
def default_responses() -> list[object]:
    return list(Conversation(ServerBehavior).all_responses())


def differs(behavior: type[ServerBehavior]) -> bool:
    responses = Conversation(behavior).all_responses()
    return any(default != response for default, response in zip_longest(default_responses(), responses))


def test_the_default_behavior_is_reproducible() -> None:
    assert not differs(ServerBehavior)


def test_no_request_causes_a_server_error() -> None:
    responses = [
        item[1]
        for item in default_responses()
        if isinstance(item, tuple) and isinstance(item[1], RawResponse)
    ]
    assert len(responses) > 500
    assert all(response.status < 500 for response in responses)


def test_ids_use_the_standard_words() -> None:
    assert [text for id_ in (*FAULTS, *VARIANTS) for text in violations(id_.replace("-", " "))] == []


@pytest.mark.parametrize("id_", VARIANTS)
def test_variant_changes_a_response(id_: str) -> None:
    assert differs(compose((), [id_]))


@pytest.mark.parametrize("id_", FAULTS)
def test_fault_can_be_combined_with_a_fault_and_a_variant(id_: str) -> None:
    behavior = compose([id_, "name-limit-99"], ["offset-for-z"])
    _, response = Conversation(behavior).create(Resource.ROOM, {"name": "a", "enable_room_previews": True})
    assert json.loads(response.chunks[0]) if response.chunks[0] else response.status in {302, 401, 404}


@pytest.mark.parametrize("id_", VARIANTS)
def test_variant_creates_resources(id_: str) -> None:
    conversation = Conversation(compose((), [id_]))
    for resource, body in MINIMAL.items():
        assert conversation.create(resource, body)[1].status == 200


def test_all_variants_can_be_combined() -> None:
    conversation = Conversation(
        compose((), [id_ for id_ in VARIANTS if id_ != "room-name-as-conference-name"])
    )
    assert conversation.create(Resource.CONFERENCE, {"display_name": "a"})[1].status == 200


def test_every_fault_and_variant_has_a_summary() -> None:
    assert all(SENTENCE.fullmatch(fault.summary) and fault.breaks for fault in FAULTS.values())
    assert all(
        SENTENCE.fullmatch(variant.summary) and variant.permitted.endswith(".")
        for variant in VARIANTS.values()
    )
    lines = list(listing())
    assert len(lines) == len(FAULTS) + len(VARIANTS)
    assert not [line for line in lines if "AMB-" in line]


def test_faults_violate_requirements_of_the_catalogue() -> None:
    violated = {id_ for fault in FAULTS.values() for id_ in fault.breaks}
    assert violated <= catalogue().keys()


def test_faults_are_for_requirements_of_their_level() -> None:
    assert {catalogue()[fault.breaks[0]].level for fault in MUST_FAULTS.values()} == {Level.MUST}
    assert {catalogue()[fault.breaks[0]].level for fault in SHOULD_FAULTS.values()} == {Level.SHOULD}


def test_every_requirement_that_can_fail_has_a_fault() -> None:
    violated = {id_ for fault in FAULTS.values() for id_ in fault.breaks}
    assert not [
        id_
        for id_, requirement in catalogue().items()
        if requirement.level is not Level.MAY and id_ not in violated
    ]


def test_unknown_fault_is_reported_with_the_closest_id() -> None:
    with pytest.raises(UnknownIdError, match="no fault 'name-limit-98'; did you mean 'name-limit-99'"):
        compose(["name-limit-98"])
