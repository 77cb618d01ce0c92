"""Servers that have some of the faults and some of the variants."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from reference.api.behavior import Rules
from reference.faults import FAULTS, LAPSES
from reference.faults.fault import Fault
from reference.variants import VARIANTS
from reference.variants.variant import Variant


class UnknownIdError(LookupError):
    """There is no fault or variant of that id."""


def compose(faults: Iterable[str] = (), variants: Iterable[str] = ()) -> type[Rules]:
    """Combine the rules of faults and variants; the first named has the first word."""
    chosen = [*_chosen("fault", {**FAULTS, **LAPSES}, faults), *_chosen("variant", VARIANTS, variants)]
    return type("ComposedRules", (*chosen, Rules), {}) if chosen else Rules


def _chosen(kind: str, known: Mapping[str, Fault | Variant], ids: Iterable[str]) -> list[type[Rules]]:
    return [_found(kind, known, id_).rules for id_ in dict.fromkeys(ids)]


def _found(kind: str, known: Mapping[str, Fault | Variant], id_: str) -> Fault | Variant:
    if id_ in known:
        return known[id_]
    near = get_close_matches(id_, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise UnknownIdError(f"no {kind} {id_!r}{hint}")


def listing() -> Iterable[str]:
    """Describe every fault and lapse with what it breaks, and every variant with what permits it."""
    for fault in FAULTS.values():
        yield f"fault    {fault.id}: {fault.summary} Breaks {', '.join(fault.breaks)}."
    for lapse in LAPSES.values():
        yield f"lapse    {lapse.id}: {lapse.summary} Breaks {', '.join(lapse.breaks)}, which is no must."
    for variant in VARIANTS.values():
        yield f"variant  {variant.id}: {variant.summary} {variant.permitted}"
