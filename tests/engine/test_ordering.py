"""In which order checks are told of."""

from conformance.engine.attempts import Check, Kind
from conformance.engine.ordering import place
from spec.catalogue import requirement


def check(name: str, kind: Kind = Kind.DIRECTED, *, lasting: bool = False) -> Check:
    return Check(name, kind, requirement(name), lambda: None, {}, lasting=lasting)


def test_who_lets_time_pass_comes_after_all_that_send() -> None:
    lasting, looking = check("VC-GET-LASTING", lasting=True), check("VC-CREATE-CHARSET", Kind.OBSERVING)
    sending = [
        *map(check, ("VC-CREATE-FULL", "API-ERR-NUL", "VC-CREATE-NAME-PATTERN")),
        check("VC-CREATE-CONFORMING", Kind.EXPLORING),
    ]
    assert sorted([looking, lasting, *sending], key=place)[-2:] == [lasting, looking]
