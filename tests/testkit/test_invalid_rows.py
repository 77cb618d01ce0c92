"""Rows of invalid values: only what a target may have accepted is sent alone."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.config.settings import Effort
from conformance.testkit.api_client import ApiClient
from conformance.testkit.invalid_rows import InvalidRows, rows, values_of
from spec.catalogue import Constraint, catalogue
from spec.operations import operation
from spec.validation import validation_errors
from tests.support.fake_targets import fake_stack

CREATES = [("VC-CREATE", "display_name"), ("FCR-CREATE", "name")]
LAYOUT_ENUM = "VC-CREATE-LAYOUT-ENUM"
Members = Callable[[dict[str, Any]], list[str]]


def constraint_of(requirement_id: str) -> Constraint:
    constraint = catalogue()[requirement_id].constraint
    assert constraint is not None
    return constraint


def invalid_members(body: dict[str, Any]) -> list[str]:
    properties = (operation("VC-CREATE").request or {})["properties"]
    return [member for member, value in body.items() if validation_errors(properties[member], value)]


@pytest.fixture
def rejecting(tmp_path: Path) -> Iterator[Callable[[Members], ApiClient]]:
    """Yield a function that opens a client of a target, which reports the members that a function returns."""
    reported: list[Members] = []

    def respond(request: httpx.Request) -> httpx.Response:
        [members] = reported
        errors = [{"attribute": f"body.{member}"} for member in members(json.loads(request.content))]
        return httpx.Response(422, json={"errors": errors})

    with fake_stack(respond, tmp_path) as stack:

        def open_client(members: Members) -> ApiClient:
            reported.append(members)
            return ApiClient(stack, "cafe0000", "a check", effort=Effort.SMOKE)

        yield open_client


def number_of_requests(api: ApiClient) -> int:
    return len(api.transport.evidence.exchanges)


@pytest.mark.parametrize("has_wrong_types", [True, False])
@pytest.mark.parametrize("create, label", CREATES)
def test_each_value_of_a_row_is_invalid(create: str, label: str, *, has_wrong_types: bool) -> None:
    properties = (operation(create).request or {})["properties"]
    for row in rows(create, label, has_wrong_types=has_wrong_types):
        assert label not in row
        assert all(validation_errors(properties[member], value) for member, value in row.items())


@pytest.mark.parametrize("create, label", CREATES)
def test_rows_of_wrong_types_contain_nothing_else(create: str, label: str) -> None:
    properties = (operation(create).request or {})["properties"]
    for has_wrong_types in (True, False):
        for row in rows(create, label, has_wrong_types=has_wrong_types):
            kinds = {
                bool(validation_errors({"type": properties[member]["type"]}, value))
                for member, value in row.items()
            }
            assert kinds == {has_wrong_types}


def test_nothing_is_doubtful_if_the_target_names_every_invalid_member(
    rejecting: Callable[[Members], ApiClient],
) -> None:
    api, invalid_rows = rejecting(invalid_members), InvalidRows()
    assert invalid_rows.reports_all_errors(api, "VC-CREATE")
    assert invalid_rows.values_to_send(api, constraint_of(LAYOUT_ENUM)) == []
    assert invalid_rows.values_to_send(api, constraint_of("VC-CREATE-ENABLE-CHAT-TYPE")) == []


def test_a_value_that_the_target_does_not_name_is_doubtful(
    rejecting: Callable[[Members], ApiClient],
) -> None:
    accepted = values_of(constraint_of(LAYOUT_ENUM))[4]
    api = rejecting(lambda body: [member for member in invalid_members(body) if body[member] != accepted])
    assert InvalidRows().values_to_send(api, constraint_of(LAYOUT_ENUM)) == [accepted]


def test_values_that_fit_into_no_row_are_sent_alone(rejecting: Callable[[Members], ApiClient]) -> None:
    api, name = rejecting(invalid_members), constraint_of("VC-CREATE-NAME-PATTERN")
    alone = InvalidRows().values_to_send(api, name)
    assert alone
    assert set(alone) < set(values_of(name))


@pytest.mark.parametrize("create, label", CREATES)
def test_the_wrong_types_of_the_member_in_no_row_are_sent_alone(
    rejecting: Callable[[Members], ApiClient], create: str, label: str
) -> None:
    api = rejecting(list)
    name = label.replace("_", "-").upper()
    types = constraint_of(f"{create}-{name}-TYPE")
    assert InvalidRows().values_to_send(api, types) == list(values_of(types))


@pytest.mark.parametrize("number", [0, 1])
def test_a_target_that_reports_one_error_or_none_gets_only_two_rows(
    rejecting: Callable[[Members], ApiClient], number: int
) -> None:
    api, invalid_rows = rejecting(lambda body: invalid_members(body)[:number]), InvalidRows()
    assert not invalid_rows.reports_all_errors(api, "VC-CREATE")
    assert invalid_rows.values_to_send(api, constraint_of(LAYOUT_ENUM)) == []
    assert number_of_requests(api) == 2


def test_the_rows_are_sent_once_for_all_checks(rejecting: Callable[[Members], ApiClient]) -> None:
    api, invalid_rows = rejecting(invalid_members), InvalidRows()
    assert invalid_rows.reports_all_errors(api, "VC-CREATE")
    sent = number_of_requests(api)
    invalid_rows.values_to_send(ApiClient(api.transport, "cafe0000", "another"), constraint_of(LAYOUT_ENUM))
    assert number_of_requests(api) == sent
    assert {exchange.origin.check for exchange in api.transport.evidence.exchanges} == {
        "invalid rows VC-CREATE"
    }


def test_the_values_to_send_alone_are_limited(rejecting: Callable[[Members], ApiClient]) -> None:
    api = rejecting(lambda body: invalid_members(body)[:2])
    invalid_rows = InvalidRows()
    assert invalid_rows.reports_all_errors(api, "VC-CREATE")
    doubtful = [
        value
        for requirement in catalogue().values()
        if requirement.constraint and requirement.constraint.operation == "VC-CREATE"
        for value in invalid_rows.values_to_send(api, requirement.constraint)
        if requirement.constraint.member not in ("name", "display_name")
    ]
    assert 0 < len(doubtful) <= 20
