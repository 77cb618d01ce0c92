"""In which order checks are told of."""

from conformance.attempt import Check, Kind
from conformance.order import place
from spec.catalogue import requirement


def check(name: str, kind: Kind = Kind.DIRECTED, *, lasting: bool = False) -> Check:
    return Check(name, kind, requirement(name), lambda: None, {}, lasting=lasting)


def test_who_waits_for_others_comes_after_all_that_go_by_themselves() -> None:
    lasting = check("VC-GET-LASTING", lasting=True)
    others = [check("VC-CREATE-FULL"), check("API-ERR-NUL"), check("VC-CREATE-NAME-PATTERN")]
    later = [check("VC-CREATE-CONFORMING", Kind.EXPLORING), check("VC-CREATE-CHARSET", Kind.OBSERVING)]
    assert sorted([lasting, *later, *others], key=place)[len(others)] is lasting
