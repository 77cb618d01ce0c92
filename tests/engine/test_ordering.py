"""Order of the checks in a run."""

from conformance.engine.attempts import Check, CheckKind
from conformance.engine.ordering import sort_key
from spec.catalogue import requirement


def check(name: str, kind: CheckKind = CheckKind.ACTIVE, *, waits: bool = False) -> Check:
    return Check(name, kind, requirement(name), lambda: None, {}, waits_for_others=waits)


def test_waiting_and_passive_checks_come_after_all_others() -> None:
    waiting, passive = check("VC-GET-LASTING", waits=True), check("VC-CREATE-CHARSET", CheckKind.PASSIVE)
    sending = [
        *map(check, ("VC-CREATE-FULL", "API-ERR-NUL", "VC-CREATE-NAME-PATTERN")),
        check("VC-CREATE-CONFORMING", CheckKind.PROPERTY_BASED),
    ]
    assert sorted([passive, waiting, *sending], key=sort_key)[-2:] == [waiting, passive]
