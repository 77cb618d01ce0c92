"""Boundary values conform, cover the limits, and are the same in every run."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations, product
from typing import Any

import pytest

from spec.operations import operation
from spec.validation import validation_errors, validator
from strategies import boundary_values, date_times, invalid_values
from tests.strategies.test_permitted_values import PERMIT

CONFERENCE: dict[str, Any] = dict(operation("VC-CREATE").request or {})
ROOM: dict[str, Any] = dict(operation("FCR-CREATE").request or {})
SCHEMAS = {"conference": CONFERENCE, "room": ROOM, "permit": PERMIT}
MEMBERS = {
    f"{kind} {name}": node for kind, schema in SCHEMAS.items() for name, node in schema["properties"].items()
}
TITLE, NAME, COLOR = (CONFERENCE["properties"][name] for name in ("display_name", "name", "dark_primary"))
SEATS, META, ROOM_NAME = (ROOM["properties"][name] for name in ("max_members", "meta", "name"))
RULES = (
    "TYPE",
    "TYPE-ACCEPT",
    "MAXLENGTH-ACCEPT",
    "MAXLENGTH-CHARACTERS",
    "MAXLENGTH-ASTRAL",
    "TEXT",
    "PATTERN-ACCEPT",
    "ENUM-ACCEPT",
    "FORMAT-ACCEPT",
    "OFFSET",
    "FRACTION",
    "MINIMUM-ACCEPT",
    "MAXIMUM-ACCEPT",
    "ECHO",
)
PRINT_LISTS = """
import json
from tests.strategies.test_boundary_values import all_lists
print(json.dumps(all_lists()))
"""


def all_lists() -> list[Any]:
    lists: list[Any] = [boundary_values.boundary_objects(schema) for schema in SCHEMAS.values()]
    for node in MEMBERS.values():
        lists += [boundary_values.of(node), boundary_values.unspecified_values(node)]
        lists += [boundary_values.accepted_values(node, rule) for rule in RULES]
        for rule in invalid_values.RULES:
            lists.append([vars(invalid) for invalid in invalid_values.invalid_values(node, rule)])
    return lists


def print_lists(hash_seed: str) -> str:
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", PRINT_LISTS]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


def test_lists_are_the_same_in_every_process() -> None:
    lists = print_lists("1")
    assert len(json.loads(lists)) > 1000
    assert print_lists("2") == lists


@pytest.mark.parametrize("node", MEMBERS.values(), ids=MEMBERS)
def test_boundary_values_conform_are_unique_and_specified(node: dict[str, Any]) -> None:
    for values in (
        boundary_values.of(node),
        *(boundary_values.accepted_values(node, rule) for rule in RULES),
    ):
        assert [validation_errors(node, value) for value in values] == [[]] * len(values)
        assert len({json.dumps(value, sort_keys=True) for value in values}) == len(values)
        assert not [value for value in values if value in boundary_values.unspecified_values(node)]


def test_boundary_values_of_free_text_vary_in_length_and_byte_width() -> None:
    strings = boundary_values.of(TITLE)
    assert strings[:2] == ["a", "ab"]
    assert [len(string) for string in strings] == [1, 2, 199, 200, 200, 200, 200, 100, 100]
    assert [len(string.encode()) for string in strings[3:]] == [200, 400, 400, 600, 400, 400]


def test_boundary_values_include_the_empty_string_if_it_is_specified() -> None:
    assert boundary_values.of({"type": "string", "maxLength": 3}) == [
        "a", "", "ab", "abc", "\u00e9" * 3, "\u0436" * 3, "\u6f22" * 3, "\U0001f600", "\U00020000",
    ]  # fmt: skip


def test_boundary_values_of_a_pattern_have_each_kind_of_character() -> None:
    kinds = ["a", "A", "0", "_", "-"]
    assert boundary_values.accepted_values(NAME, "PATTERN-ACCEPT")[:5] == kinds
    assert {*"azAZ09_-"} <= {*boundary_values.accepted_values(NAME, "PATTERN-ACCEPT")[5]}
    assert boundary_values.accepted_values(COLOR, "PATTERN-ACCEPT")[:3] == ["#abcdef", "#ABCDEF", "#012345"]
    assert {*"0123456789abcdefABCDEF#"} == {
        *"".join(boundary_values.accepted_values(COLOR, "PATTERN-ACCEPT"))
    }
    assert [len(string) for string in boundary_values.of(NAME)[6:]] == [2, 99, 100]


def test_strings_reach_the_limit_exactly() -> None:
    for node, limit, texts in ((TITLE, 200, 5), (NAME, 100, 5)):
        lengths = [len(text) for text in boundary_values.accepted_values(node, "MAXLENGTH-ACCEPT")]
        assert lengths == [limit] * texts
    for rule in ("MAXLENGTH-CHARACTERS", "MAXLENGTH-ASTRAL"):
        assert {len(text) for text in boundary_values.accepted_values(TITLE, rule)} == {200}
        assert boundary_values.accepted_values(NAME, rule) == []


@pytest.mark.parametrize("max_length", range(1, 250, 7))
def test_no_string_at_the_limit_ends_in_whitespace(max_length: int) -> None:
    texts = boundary_values.accepted_values({"type": "string", "maxLength": max_length}, "MAXLENGTH-ACCEPT")
    assert texts == [text.strip() for text in texts]


_WHITESPACE = "\r\n\t\u200d\u2028\u2029\u00a0"
_SOFT_HYPHEN = "\u00ad"


def test_free_texts_are_numerous_short_and_visible() -> None:
    texts = boundary_values.accepted_values(TITLE, "TEXT")
    assert len(texts) >= 20
    assert all(text.strip() and len(text) < 200 for text in texts)
    special = {character for text in texts for character in text if not character.isprintable()}
    assert special <= {*_WHITESPACE, _SOFT_HYPHEN}


def test_free_texts_of_a_mostly_unspecified_name_are_safe() -> None:
    assert boundary_values.accepted_values(ROOM_NAME, "TEXT") == [
        "null", "true", "1234567890", "007", "1e5", "0x10", "false", "None", "undefined", "NaN",
        "Donaudampfschifffahrtsgesellschaftskapitaen", "Lorem-Ipsum_" * 8 + "sit-",
    ]  # fmt: skip
    assert "A quiet room" in boundary_values.unspecified_values(ROOM_NAME)
    assert boundary_values.unspecified_values(TITLE) == ["", " ", "\t\n "]


def test_an_unspecified_number_is_skipped() -> None:
    assert boundary_values.of(SEATS) == [1, 2, 299, 300]
    assert boundary_values.accepted_values(SEATS, "MINIMUM-ACCEPT") == [1]
    assert boundary_values.accepted_values(SEATS, "MAXIMUM-ACCEPT") == [300, 299]
    assert boundary_values.unspecified_values(SEATS) == [0]


def test_a_rule_that_does_not_apply_has_no_values() -> None:
    assert boundary_values.accepted_values(TITLE, "PATTERN-ACCEPT") == []
    assert boundary_values.accepted_values(TITLE, "REQUIRED") == []
    assert boundary_values.accepted_values(SEATS, "MAXLENGTH-ACCEPT") == []
    assert boundary_values.accepted_values(META, "OFFSET") == []


def test_free_objects_are_empty_nested_and_of_all_types() -> None:
    assert boundary_values.accepted_values(META, "TYPE")[:2] == [{}, {"key": "value"}]


def test_date_times_have_the_form_of_their_rule() -> None:
    node = {"type": "string", "format": "date-time"}
    assert all(
        text.endswith("Z") and "." not in text
        for text in boundary_values.accepted_values(node, "FORMAT-ACCEPT")
    )
    assert all(text[-6] in "+-" for text in boundary_values.accepted_values(node, "OFFSET"))
    assert all("." in text for text in boundary_values.accepted_values(node, "FRACTION"))


def test_lists_are_not_shared() -> None:
    boundary_values.of(META)[1]["key"] = "changed"
    assert boundary_values.of(META)[1] == {"key": "value"}


def test_the_minimal_body_has_the_required_members() -> None:
    assert boundary_values.minimal_object(CONFERENCE) == {"display_name": "a"}
    assert boundary_values.minimal_object(ROOM) == {"name": "a", "enable_room_previews": False}


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_bodies_conform_and_are_few(schema: dict[str, Any]) -> None:
    bodies = boundary_values.boundary_objects(schema)
    assert [body for body in bodies if not validator(schema).is_valid(body)] == []
    assert len(bodies) < 50


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_bodies_have_each_optional_member_alone_and_all_together(schema: dict[str, Any]) -> None:
    bodies = boundary_values.boundary_objects(schema)
    least, optional = bodies[0], [name for name in schema["properties"] if name not in schema["required"]]
    assert least == boundary_values.minimal_object(schema)
    assert [set(body) - set(least) for body in bodies[1 : len(optional) + 1]] == [{name} for name in optional]
    assert list(bodies[len(optional) + 1]) == list(schema["properties"])


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_each_pair_of_optional_members_occurs_together_and_apart(schema: dict[str, Any]) -> None:
    rows = boundary_values.boundary_objects(schema)
    optional = [name for name in schema["properties"] if name not in schema["required"]]
    for first, second in combinations(optional, 2):
        combinations_present = {(first in row, second in row) for row in rows[len(optional) + 2 :]}
        assert combinations_present >= {(True, True), (True, False), (False, True)}


def test_each_pair_of_values_occurs() -> None:
    rows = boundary_values.boundary_objects(CONFERENCE)
    pairs = {(row.get("record_on_start"), row.get("dark_primary")) for row in rows}
    assert pairs >= {(on, color) for on in (None, False, True) for color in (None, "#abcdef", "#ABCDEF")}


@pytest.mark.parametrize("schema", [CONFERENCE, ROOM], ids=["conference", "room"])
def test_each_triple_of_optional_members_occurs_in_every_combination(
    schema: dict[str, Any],
) -> None:
    rows = boundary_values.presence_triples(schema)
    optional = [name for name in schema["properties"] if name not in schema["required"]]
    for names in combinations(optional, 3):
        assert len({tuple(name in row for name in names) for row in rows}) == 8
    assert len(rows) < 30
    assert not [row for row in rows if validation_errors(schema, row)]


@pytest.mark.parametrize("schema", [CONFERENCE, ROOM], ids=["conference", "room"])
def test_each_pair_of_optional_members_occurs_in_every_combination(
    schema: dict[str, Any],
) -> None:
    rows = boundary_values.presence_pairs(schema)
    optional = [name for name in schema["properties"] if name not in schema["required"]]
    for names in combinations(optional, 2):
        assert len({tuple(name in row for name in names) for row in rows}) == 4
    assert len(rows) < 20


@pytest.mark.parametrize("schema", [CONFERENCE, ROOM], ids=["conference", "room"])
def test_each_triple_of_values_occurs(schema: dict[str, Any]) -> None:
    rows = boundary_values.value_triples(schema)
    levels = {
        name: node.get("enum", (False, True))
        for name, node in schema["properties"].items()
        if "enum" in node or node["type"] == "boolean"
    }
    for names in combinations(levels, 3):
        expected = set(product(*(levels[name] for name in names)))
        assert expected <= {tuple(row.get(name) for name in names) for row in rows}
    assert len(rows) < 150
    assert not [row for row in rows if validation_errors(schema, row)]


@pytest.mark.parametrize(
    "builder",
    [boundary_values.full_objects, boundary_values.presence_pairs, boundary_values.value_triples],
    ids=lambda builder: str(builder.__name__),
)
@pytest.mark.parametrize("schema", [CONFERENCE, ROOM], ids=["conference", "room"])
def test_each_pair_of_booleans_differs_both_ways_in_some_bodies(
    schema: dict[str, Any], builder: Callable[[Any], list[dict[str, Any]]]
) -> None:
    rows = builder(schema)
    booleans = [name for name, node in schema["properties"].items() if node["type"] == "boolean"]
    pairs = list(combinations(booleans, 2))
    separated = (
        pairs if len(rows) > 2 else [pair for pair in pairs if _positions_differ_in_parity(booleans, pair)]
    )
    for pair in separated:
        assert {(False, True), (True, False)} <= {tuple(row.get(name) for name in pair) for row in rows}


def _positions_differ_in_parity(names: list[str], pair: tuple[str, str]) -> bool:
    return (names.index(pair[0]) + names.index(pair[1])) % 2 == 1


@pytest.mark.parametrize(
    "builder",
    [
        boundary_values.full_objects,
        boundary_values.single_member_objects,
        boundary_values.boundary_objects,
        boundary_values.presence_pairs,
        boundary_values.presence_triples,
        boundary_values.value_triples,
    ],
    ids=lambda builder: str(builder.__name__),
)
@pytest.mark.parametrize("schema", [CONFERENCE, ROOM], ids=["conference", "room"])
def test_no_two_members_of_a_body_have_the_same_value(
    schema: dict[str, Any], builder: Callable[[Any], list[dict[str, Any]]]
) -> None:
    for body in builder(schema):
        values = [
            json.dumps(value).casefold()
            for name, value in body.items()
            if "enum" not in schema["properties"][name] and not isinstance(value, bool)
        ]
        assert len(set(values)) == len(values)


def test_an_enumeration_takes_its_values_in_turn() -> None:
    layouts = {row.get("layout") for row in boundary_values.presence_triples(CONFERENCE)}
    assert len(layouts) > len(CONFERENCE["properties"]["layout"]["enum"]) / 2


def test_a_single_member_does_not_have_its_default() -> None:
    for body in boundary_values.boundary_objects(CONFERENCE)[1:21]:
        (name,) = body.keys() - {"display_name"}
        assert body[name] != CONFERENCE["properties"][name].get("default")


@pytest.mark.parametrize("schema", [CONFERENCE, ROOM], ids=["conference", "room"])
def test_bodies_have_their_instants_in_order(schema: dict[str, Any]) -> None:
    for body in boundary_values.boundary_objects(schema):
        instants = [
            date_times.parse_instant(body[name])
            for name in ("join_from", "join_until", "remove_at")
            if name in body
        ]
        assert instants == sorted(set(instants))


@pytest.mark.parametrize("count", [0, 1])
def test_a_schema_of_few_optional_members_needs_no_covering_array(count: int) -> None:
    node = {
        "type": "object",
        "properties": {name: {"type": "boolean"} for name in "ab"[: count + 1]},
        "required": ["a"],
    }
    assert boundary_values.boundary_objects(node) == [{"a": False}, {"a": False, "b": False}][: count + 1]


def test_a_member_without_values_is_reported() -> None:
    with pytest.raises(ValueError, match="no value can be generated"):
        boundary_values.minimal_object(
            {"required": ["a"], "properties": {"a": {"type": "string", "maxLength": 0}}}
        )


def test_a_small_class_with_a_high_count_is_repeated() -> None:
    assert boundary_values.of({"type": "string", "pattern": "^[ab]{10}$"}) == ["ab" * 5, "a" * 10, "b" * 10]
    assert boundary_values.of({"type": "string", "pattern": "^[ab]{2}$", "maxLength": 1}) == []
