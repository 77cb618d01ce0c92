"""A run session deletes the resources that it created, and reports those that it cannot delete."""

import json
from dataclasses import replace
from pathlib import Path

import httpx

from conformance.testkit import expect
from conformance.testkit.api_client import ApiClient
from tests.support.session_runs import (
    MUST,
    OTHER,
    Conferences,
    check,
    creating,
    new_session,
    run_checks,
)


def test_resources_that_a_check_did_not_delete_are_deleted_at_the_end(tmp_path: Path) -> None:
    target = Conferences()
    checks = [
        check(creating),
        check(lambda api: expect.accepted(api.fabric.create(api.fabric.minimal())), OTHER),
    ]
    record = run_checks(new_session(target, tmp_path), *checks)
    assert target.count == 3
    assert (target.resources, record["leftovers"]) == ({}, [])


def test_clean_up_does_not_require_a_remaining_budget(tmp_path: Path) -> None:
    target = Conferences()
    with new_session(target, tmp_path).open(()):
        pass
    spent_by_preflight = len(target.requests)
    target = Conferences()

    def create_many(api: ApiClient) -> None:
        for _ in range(100):
            creating(api)

    record = run_checks(
        new_session(target, tmp_path, max_requests=spent_by_preflight + 10), check(create_many)
    )
    assert record["requirements"][0]["reason"].startswith("budget: ")
    assert target.count > 5
    assert (target.resources, record["leftovers"]) == ({}, [])


class UnansweredCreates(Conferences):
    """A target that does not respond to some creates; its list contains the created resources."""

    def __init__(self, unanswered: int, *, has_list: bool = True) -> None:
        super().__init__()
        self.unanswered = unanswered
        self.has_list = has_list

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET" and request.url.path.endswith("/conferences"):
            foreign_resource = {"id": "foreign", "display_name": "cc-foreign"}
            data = [foreign_resource, *self.resources.values()]
            return httpx.Response(200, json={"data": data} if self.has_list else {})
        response = super().__call__(request)
        if request.method == "POST" and self.count > 1 and self.unanswered:  # the first is from the preflight
            self.unanswered -= 1
            raise httpx.ReadTimeout("no response")
        return response


def create_three(api: ApiClient) -> None:
    for _ in range(3):
        api.video.create(api.video.minimal())


def test_a_resource_created_without_a_response_is_found_and_deleted(tmp_path: Path) -> None:
    target = UnansweredCreates(unanswered=2)
    record = run_checks(new_session(target, tmp_path), check(create_three))
    assert target.count == 4
    assert (target.resources, record["leftovers"]) == ({}, [])
    assert "DELETE foreign" not in target.requests


def test_a_create_without_a_response_is_a_leftover_if_there_is_no_list(tmp_path: Path) -> None:
    record = run_checks(
        new_session(UnansweredCreates(unanswered=1, has_list=False), tmp_path), check(create_three)
    )
    (leftover,) = record["leftovers"]
    assert leftover["id"] == ""
    assert leftover["name"].startswith("cc-00000000-")


class UnusableIds(Conferences):
    """A target whose create responses have an id of no resource."""

    lists_resources = True

    def __call__(self, request: httpx.Request) -> httpx.Response:
        response = super().__call__(request)
        if request.method == "POST":
            return httpx.Response(200, json={**response.json(), "id": f"no-{self.count}"})
        if request.url.path.endswith("/conferences") and self.lists_resources:
            return httpx.Response(200, json={"links": {}, "data": list(self.resources.values())})
        return response


def test_a_resource_whose_id_does_not_work_is_deleted_under_the_id_in_the_list(tmp_path: Path) -> None:
    target = UnusableIds()
    record = run_checks(new_session(target, tmp_path), check(create_three))
    assert target.count == 4
    assert (target.resources, record["leftovers"], record["exit_code"]) == ({}, [], 0)


def test_a_resource_whose_id_does_not_work_is_a_leftover_if_no_list_contains_it(tmp_path: Path) -> None:
    target = UnusableIds()
    target.lists_resources = False
    record = run_checks(new_session(target, tmp_path, max_live=4), check(create_three))
    assert len(record["leftovers"]) == len(target.resources) == 4
    assert record["exit_code"] == 5


class KeepsDeleted(Conferences):
    """A target that confirms deletes, but performs none."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            return httpx.Response(204)
        return super().__call__(request)


def test_a_resource_that_remains_after_its_delete_takes_a_slot_and_is_a_leftover(tmp_path: Path) -> None:
    target = KeepsDeleted()
    requirements = [replace(MUST, id=f"VC-GET-{number}") for number in range(4)]
    record = run_checks(
        new_session(target, tmp_path, max_live=2),
        *(check(create_and_delete, requirement) for requirement in requirements),
    )
    assert len(target.resources) == len(record["leftovers"]) == 2


def create_and_delete(api: ApiClient) -> None:
    with api.video.existing():
        pass


class FailingFirstDeletes(Conferences):
    """A target that rejects the first delete of every resource except that of the preflight."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        resource_id = request.url.path.rpartition("/")[2]
        is_repeated = f"DELETE {resource_id}" in self.requests
        if request.method == "DELETE" and self.count > 1 and not is_repeated:
            self.requests.append(f"DELETE {resource_id}")
            return httpx.Response(409)
        return super().__call__(request)


def test_a_rejected_delete_is_retried_when_the_limit_on_live_resources_is_reached(tmp_path: Path) -> None:
    target = FailingFirstDeletes()
    requirements = [replace(MUST, id=f"VC-GET-{number}") for number in range(6)]
    record = run_checks(
        new_session(target, tmp_path, max_live=2),
        *(check(creating, requirement) for requirement in requirements),
    )
    assert {entry["verdict"] for entry in record["requirements"]} == {"passed"}
    assert (target.resources, record["leftovers"]) == ({}, [])


class NumericIds(UnansweredCreates):
    """A target whose ids are numbers, in its responses and in its list."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        response = super().__call__(request)
        body = json.loads(response.content) if response.content else {}
        for resource in body.get("data", [body]):
            if self.count > 1 and str(resource.get("id")).startswith("made-"):
                resource["id"] = int(resource["id"].removeprefix("made-"))
        return httpx.Response(response.status_code, json=body)


def test_a_resource_with_an_id_that_cannot_be_used_in_a_url_is_a_leftover(tmp_path: Path) -> None:
    record = run_checks(new_session(NumericIds(unanswered=0), tmp_path), check(create_three))
    assert len(record["leftovers"]) == 3
    assert {leftover["id"] for leftover in record["leftovers"]} == {""}


class EndlessList(UnansweredCreates):
    """A target whose list has an infinite number of identical pages."""

    pages = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        response = super().__call__(request)
        if request.method != "GET" or not request.url.path.endswith("/conferences"):
            return response
        self.pages += 1
        self.requests.append("LIST")
        links = {"next": f"http://elsewhere.test/?page_number={self.pages}"}
        return httpx.Response(200, json={**json.loads(response.content), "links": links})


def test_known_resources_are_deleted_before_the_list_is_requested(tmp_path: Path) -> None:
    target = EndlessList(unanswered=1)
    record = run_checks(new_session(target, tmp_path), check(create_three))
    assert (target.resources, record["leftovers"]) == ({}, [])
    assert target.pages < 10
    deletes, lists = (
        [index for index, request in enumerate(target.requests) if request.startswith(prefix)]
        for prefix in ("DELETE made-", "LIST")
    )
    assert deletes[-2] < lists[-1] < deletes[-1]


def test_clean_up_stops_after_repeated_failures(tmp_path: Path) -> None:
    target = Conferences()

    def reject_deletes(request: httpx.Request) -> httpx.Response:
        return httpx.Response(409) if request.method == "DELETE" and target.count > 1 else target(request)

    deletes: list[str] = []

    def count_deletes(request: httpx.Request) -> httpx.Response:
        deletes.extend([request.url.path] if request.method == "DELETE" else [])
        return reject_deletes(request)

    def create_many(api: ApiClient) -> None:
        for _ in range(40):
            creating(api)

    record = run_checks(new_session(count_deletes, tmp_path), check(create_many))
    assert len(record["leftovers"]) == 40
    assert len(deletes) == 1 + 16 + 16
    assert record["exit_code"] == 5
