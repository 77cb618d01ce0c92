"""In which order checks are told of."""

from conformance.engine.attempts import Check, CheckKind
from conformance.engine.ordering import sort_key
from spec.catalogue import requirement


def check(name: str, kind: CheckKind = CheckKind.ACTIVE, *, lasting: bool = False) -> Check:
    return Check(name, kind, requirement(name), lambda: None, {}, waits_for_others=lasting)


def test_who_lets_time_pass_comes_after_all_that_send() -> None:
    lasting, looking = check("VC-GET-LASTING", lasting=True), check("VC-CREATE-CHARSET", CheckKind.PASSIVE)
    sending = [
        *map(check, ("VC-CREATE-FULL", "API-ERR-NUL", "VC-CREATE-NAME-PATTERN")),
        check("VC-CREATE-CONFORMING", CheckKind.PROPERTY_BASED),
    ]
    assert sorted([looking, lasting, *sending], key=sort_key)[-2:] == [lasting, looking]
