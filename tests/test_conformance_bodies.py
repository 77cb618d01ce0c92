"""Bodies that take long to make are made aside, the very ones that are made here."""

from collections.abc import Iterator

import pytest

from conformance import bodies
from conformance.aside import Aside, AsideError
from strategies import boundaries

CREATES = ("VC-CREATE", "FCR-CREATE")


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Make them anew, whatever was made before in this process."""
    _forget()
    yield
    _forget()


def _forget() -> None:
    bodies._PREPARED.clear()
    bodies.of.cache_clear()


@pytest.mark.parametrize("making", [boundaries.triples, boundaries.pairs])
@pytest.mark.parametrize("operation_id", CREATES)
def test_what_is_made_aside_is_what_is_made_here(operation_id: str, making: bodies.Making) -> None:
    here = bodies.of(operation_id, making)
    bodies.of.cache_clear()
    bodies.prepare(operation_id)
    assert bodies.of(operation_id, making) == here


def test_what_takes_long_is_asked_for_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Aside, "call", lambda *_: ["made aside"])
    bodies.prepare("VC-CREATE")
    assert bodies.of("VC-CREATE", boundaries.pairs) == ["made aside"]
    assert bodies.of("VC-CREATE", boundaries.alone) != ["made aside"]
    assert bodies.of("FCR-CREATE", boundaries.pairs) != ["made aside"]


def test_what_cannot_be_made_aside_is_made_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AsideError("gone")

    monkeypatch.setattr(Aside, "call", fail)
    bodies.prepare("VC-CREATE")
    assert bodies.of("VC-CREATE", boundaries.pairs)
