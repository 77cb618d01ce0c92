"""Bodies that take long to make are made aside, the very ones that are made here."""

import json
from collections.abc import Iterator

import pytest

from conformance.processes.background_process import Aside, AsideError
from conformance.testkit import request_bodies
from spec.operations import operation
from strategies import boundary_values

CREATES = ("VC-CREATE", "FCR-CREATE")
ASIDE: list[request_bodies.Body] = [{"made": "aside"}]


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make them anew, whatever was made before in this process."""
    monkeypatch.setattr(request_bodies, "_PREPARED", set())
    request_bodies.boundary_bodies.cache_clear()
    yield
    request_bodies.boundary_bodies.cache_clear()


@pytest.mark.parametrize("making", [boundary_values.triples, boundary_values.pairs])
@pytest.mark.parametrize("operation_id", CREATES)
def test_what_is_made_aside_is_what_is_made_here(operation_id: str, making: request_bodies.BodyBuilder) -> None:
    request_bodies.prepare(operation_id)
    made = request_bodies.boundary_bodies(operation_id, making)
    assert json.dumps(made) == json.dumps(making(operation(operation_id).request or {}))


def test_what_takes_long_is_asked_for_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Aside, "call", lambda *_: ASIDE)
    request_bodies.prepare("VC-CREATE")
    assert request_bodies.boundary_bodies("VC-CREATE", boundary_values.pairs) == ASIDE
    assert request_bodies.boundary_bodies("VC-CREATE", boundary_values.alone) != ASIDE
    assert request_bodies.boundary_bodies("FCR-CREATE", boundary_values.pairs) != ASIDE


def test_what_cannot_be_made_aside_is_made_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AsideError("gone")

    monkeypatch.setattr(Aside, "call", fail)
    request_bodies.prepare("VC-CREATE")
    assert request_bodies.boundary_bodies("VC-CREATE", boundary_values.pairs)
