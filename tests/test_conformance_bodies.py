"""Bodies that take long to make are made aside, the very ones that are made here."""

import json
from collections.abc import Iterator

import pytest

from conformance import bodies
from conformance.aside import Aside, AsideError
from spec.operations import operation
from strategies import boundaries

CREATES = ("VC-CREATE", "FCR-CREATE")
ASIDE: list[bodies.Body] = [{"made": "aside"}]


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make them anew, whatever was made before in this process."""
    monkeypatch.setattr(bodies, "_PREPARED", set())
    bodies.of.cache_clear()
    yield
    bodies.of.cache_clear()


@pytest.mark.parametrize("making", [boundaries.triples, boundaries.pairs])
@pytest.mark.parametrize("operation_id", CREATES)
def test_what_is_made_aside_is_what_is_made_here(operation_id: str, making: bodies.Making) -> None:
    bodies.prepare(operation_id)
    made = bodies.of(operation_id, making)
    assert json.dumps(made) == json.dumps(making(operation(operation_id).request or {}))


def test_what_takes_long_is_asked_for_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Aside, "call", lambda *_: ASIDE)
    bodies.prepare("VC-CREATE")
    assert bodies.of("VC-CREATE", boundaries.pairs) == ASIDE
    assert bodies.of("VC-CREATE", boundaries.alone) != ASIDE
    assert bodies.of("FCR-CREATE", boundaries.pairs) != ASIDE


def test_what_cannot_be_made_aside_is_made_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AsideError("gone")

    monkeypatch.setattr(Aside, "call", fail)
    bodies.prepare("VC-CREATE")
    assert bodies.of("VC-CREATE", boundaries.pairs)
