"""Pairs of values of two members, of which few objects together contain as many as possible.

A server may confuse a value only beside a certain value of another member, such as a layout in a small
conference.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, KeysView, Mapping
from typing import Any

from strategies import schema_nodes
from strategies.schema_nodes import Schema
from strategies.unspecified import is_specified

Choice = tuple[str, Any]  # a member and one of its values


class ValuePairs:
    """The pairs of values that objects of a schema contain so far."""

    def __init__(self, schema: Schema) -> None:
        self._values = {
            name: values
            for name in schema_nodes.member_names(schema)
            if (values := list(_few_values(schema_nodes.member_node(schema, name))))
        }
        self._seen: set[frozenset[Choice]] = set()
        self._uses: Counter[Choice] = Counter()

    @property
    def members(self) -> KeysView[str]:
        """Return the members of few values, in schema order."""
        return self._values.keys()

    def add(self, value: Mapping[str, Any]) -> None:
        """Take note of the pairs of an object."""
        self._note({name: value[name] for name in self._values if name in value})

    def with_new_pairs(
        self, value: Mapping[str, Any], kept: Collection[str] = (), absent: Collection[str] = ()
    ) -> dict[str, Any]:
        """Return the object with values of its members of few values that make the most new pairs.

        The values of the `kept` members stay; a member of few values that is missing is added, unless it is
        one of the `absent` ones.
        """
        chosen = {name: value[name] for name in self._values if name in kept and name in value}
        for name in self._values:
            if name not in chosen and name not in absent:
                chosen[name] = max(
                    self._values[name],
                    key=lambda one: (self._new_pairs(chosen, (name, one)), -self._uses[name, one]),
                )
        self._note(chosen)
        return {**value, **chosen}

    def missing(self) -> int:
        """Return the number of pairs that no object contains."""
        choices = [(name, one) for name, values in self._values.items() for one in values]
        pairs = {frozenset(pair) for pair in _pairs(choices) if pair[0][0] != pair[1][0]}
        return len(pairs - self._seen)

    def _note(self, chosen: Mapping[str, Any]) -> None:
        self._seen.update(frozenset(pair) for pair in _pairs(chosen.items()))
        self._uses.update(chosen.items())

    def _new_pairs(self, chosen: Mapping[str, Any], choice: Choice) -> int:
        return sum(frozenset((choice, other)) not in self._seen for other in chosen.items())


def _few_values(node: Schema) -> Iterator[Any]:
    """Generate the values of an enumeration of strings or of a boolean."""
    is_boolean = "boolean" in schema_nodes.types(node)
    candidates = (False, True) if is_boolean else node.get("enum", ())
    yield from (value for value in candidates if is_specified(node, value))


def _pairs(choices: Iterable[Choice]) -> Iterator[tuple[Choice, Choice]]:
    listed = list(choices)
    yield from ((first, second) for place, first in enumerate(listed) for second in listed[place + 1 :])
