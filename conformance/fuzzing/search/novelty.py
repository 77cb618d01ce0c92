"""Novelty: which features of the exchanges of a case no earlier case of the campaign had."""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import combinations, pairwise
from typing import Final

from conformance.fuzzing.inputs.value_classes import body_classes
from conformance.fuzzing.search.execution import CaseRun, StepResult
from conformance.http.exchange import Exchange

_MAX_FEATURES: Final = 500_000  # that are remembered
_MAX_PAIRED: Final = 8  # members of a body whose pairs of classes count
_MAX_ITEMS: Final = 8  # errors of a response
_MAX_TEXT: Final = 60  # characters of a text from the target


class Novelty:
    """The features that were seen so far."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self.value_classes: dict[str, set[str]] = {}  # by member

    def __len__(self) -> int:
        return len(self._seen)

    def new_features(self, run: CaseRun) -> list[int]:
        """Return the features of a run that are new, and remember them."""
        for body in run.case.bodies:
            for name, kind in body_classes(body).items():
                self.value_classes.setdefault(f"{run.case.operation} {name}", set()).add(kind)
        return self.add(_digest(feature) for feature in features(run))

    def add(self, features: Iterable[int]) -> list[int]:
        """Return the features that are new, and remember them unless there are too many."""
        new = [feature for feature in dict.fromkeys(features) if feature not in self._seen]
        if len(self._seen) < _MAX_FEATURES:
            self._seen.update(new)
        return new


def features(run: CaseRun) -> Iterator[str]:
    """Yield the features of a run: responses, values that were sent, and transitions between steps."""
    previous = "start"
    for result in run.results:
        for exchange in result.exchanges:
            yield from _response_features(exchange)
            if result.step.creates:
                yield from _body_features(exchange, result)
        state = f"{result.step.action} {result.is_live} {result.step.name_of is not None} {_status(result)}"
        yield f"{run.case.operation} {previous} > {state}"
        previous = state
    for first, second in pairwise(run.results):
        same = first.step.slot == second.step.slot
        yield f"{first.step.action} {second.step.action} {same} {_status(first)} {_status(second)}"


def _status(result: StepResult) -> str:
    return " ".join(sorted({str(exchange.status) for exchange in result.exchanges}))


def _response_features(exchange: Exchange) -> Iterator[str]:
    start = f"{exchange.origin.operation} {exchange.status}"
    yield start
    body = exchange.response_json
    items = body.get("errors") if isinstance(body, dict) else None
    for item in items[:_MAX_ITEMS] if isinstance(items, list) else ():
        if isinstance(item, dict):
            yield f"{start} {str(item.get('code'))[:_MAX_TEXT]} {str(item.get('attribute'))[:_MAX_TEXT]}"


def _body_features(exchange: Exchange, result: StepResult) -> Iterator[str]:
    start = f"{exchange.origin.operation} {exchange.status}"
    classes = body_classes(result.step.body or {})
    for name, kind in classes.items():
        yield f"{start} {name}={kind}"
    if len(classes) <= _MAX_PAIRED:
        for (first, one), (second, other) in combinations(sorted(classes.items()), 2):
            yield f"{start} {first}={one} {second}={other}"


def _digest(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(errors="surrogatepass"), digest_size=6).digest())
