"""Combination of faults and variants into the behavior of a server."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from reference.api.behavior import ServerBehavior
from reference.faults import FAULTS, MUST_FAULTS, SHOULD_FAULTS
from reference.faults.fault import Fault
from reference.variants import VARIANTS
from reference.variants.variant import Variant


class UnknownIdError(LookupError):
    """No fault or variant has this id."""


def compose(faults: Iterable[str] = (), variants: Iterable[str] = ()) -> type[ServerBehavior]:
    """Combine the behavior of faults and variants; those that come first take precedence."""
    behaviors = [*_behaviors("fault", FAULTS, faults), *_behaviors("variant", VARIANTS, variants)]
    return type("ComposedBehavior", (*behaviors, ServerBehavior), {}) if behaviors else ServerBehavior


def _behaviors(
    kind: str, registered: Mapping[str, Fault | Variant], ids: Iterable[str]
) -> list[type[ServerBehavior]]:
    return [_registered(kind, registered, id_).behavior for id_ in dict.fromkeys(ids)]


def _registered(kind: str, registered: Mapping[str, Fault | Variant], id_: str) -> Fault | Variant:
    if id_ in registered:
        return registered[id_]
    matches = get_close_matches(id_, registered, n=1)
    hint = f"; did you mean {matches[0]!r}?" if matches else ""
    raise UnknownIdError(f"no {kind} {id_!r}{hint}")


def listing() -> Iterable[str]:
    """Yield one line for each fault with the requirements that it violates, and for each variant."""
    for fault in MUST_FAULTS.values():
        yield f"fault    {fault.id}: {fault.summary} Violates {', '.join(fault.breaks)}."
    for fault in SHOULD_FAULTS.values():
        yield f"fault    {fault.id}: {fault.summary} Violates {', '.join(fault.breaks)} (should)."
    for variant in VARIANTS.values():
        yield f"variant  {variant.id}: {variant.summary} Permitted: {variant.explanation}"
