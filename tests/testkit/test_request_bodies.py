"""Lists of request bodies, of which slow ones are built in the background process."""

import json
from collections.abc import Iterator

import pytest

from conformance.processes.background_process import BackgroundProcess, BackgroundProcessError
from conformance.testkit import request_bodies
from spec.operations import operation
from strategies import boundary_values

CREATES = ("VC-CREATE", "FCR-CREATE")
FROM_BACKGROUND: list[request_bodies.Body] = [{"built": "in the background"}]


@pytest.fixture(autouse=True)
def empty_caches(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Discard the bodies that were built earlier in this process."""
    monkeypatch.setattr(request_bodies, "_PREPARED", set())
    request_bodies.boundary_bodies.cache_clear()
    yield
    request_bodies.boundary_bodies.cache_clear()


@pytest.mark.parametrize("builder", [boundary_values.presence_triples, boundary_values.value_triples])
@pytest.mark.parametrize("operation_id", CREATES)
def test_the_background_process_builds_the_same_bodies(
    operation_id: str, builder: request_bodies.BodyBuilder
) -> None:
    request_bodies.prepare(operation_id)
    bodies = request_bodies.boundary_bodies(operation_id, builder)
    assert json.dumps(bodies) == json.dumps(builder(operation(operation_id).request or {}))


def test_only_slow_lists_of_prepared_operations_come_from_the_background_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(BackgroundProcess, "call", lambda *_: FROM_BACKGROUND)
    request_bodies.prepare("VC-CREATE")
    assert request_bodies.boundary_bodies("VC-CREATE", boundary_values.value_triples) == FROM_BACKGROUND
    assert (
        request_bodies.boundary_bodies("VC-CREATE", boundary_values.single_member_objects) != FROM_BACKGROUND
    )
    assert request_bodies.boundary_bodies("FCR-CREATE", boundary_values.value_triples) != FROM_BACKGROUND


def test_bodies_are_built_in_this_process_if_the_background_process_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise BackgroundProcessError("gone")

    monkeypatch.setattr(BackgroundProcess, "call", fail)
    request_bodies.prepare("VC-CREATE")
    assert request_bodies.boundary_bodies("VC-CREATE", boundary_values.value_triples)
