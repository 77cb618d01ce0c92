"""The API descriptions are valid, and their extensions are those that spec/ supports."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from spec.data_files import NAMES, api_description, dereferenced, load_yaml
from spec.derivation_rules import RULES
from spec.operations import operation, operations

EXTENSIONS = {
    "x-also-valid",
    "x-compare",
    "x-needs",
    "x-near-misses",
    "x-envelope",
    "x-held-in",
    "x-id",
    "x-open",
    "x-order",
    "x-profile",
    "x-readings",
    "x-source",
    "x-tolerates",
    "x-underived",
    "x-unique",
}


@pytest.mark.parametrize("name", NAMES)
def test_descriptions_are_valid_openapi(name: str) -> None:
    validate(dict(api_description(name)))


@pytest.mark.parametrize("name", NAMES)
def test_dereferenced_descriptions_contain_no_references(name: str) -> None:
    assert not [node for node in _objects(dereferenced(name)) if "$ref" in node]


@pytest.mark.parametrize("name", NAMES)
def test_siblings_of_a_reference_are_preserved(name: str) -> None:
    references = [node for node in _objects(api_description(name)) if "$ref" in node and "default" in node]
    assert references
    defaults = [node.get("default") for node in _objects(dereferenced(name))]
    assert all(node["default"] in defaults for node in references)


def test_the_error_for_an_unknown_description_lists_the_descriptions() -> None:
    with pytest.raises(ValueError, match=r"no API description 'voice'; expected one of video, fabric"):
        api_description("voice")


def test_the_error_for_an_unknown_operation_lists_the_operations() -> None:
    with pytest.raises(ValueError, match=r"no operation 'VC-UPDATE' in spec/; expected one of VC-CREATE, "):
        operation("VC-UPDATE")


def test_an_operation_without_a_body_has_no_request_schema() -> None:
    assert operation("VC-GET").request is None
    assert operation("VC-DELETE").response is None


def test_operations_have_unique_ids() -> None:
    declared = [
        node["x-id"] for name in NAMES for node in _objects(api_description(name)) if "x-profile" in node
    ]
    assert sorted(declared) == sorted(operations())


@pytest.mark.parametrize("name", NAMES)
def test_extensions_are_known(name: str) -> None:
    used = {key for node in _objects(api_description(name)) for key in node if key.startswith("x-")}
    assert used <= EXTENSIONS


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("extension", ["x-open", "x-tolerates"])
def test_schemas_within_extensions_are_valid(name: str, extension: str) -> None:
    for node in _objects(api_description(name)):
        Draft202012Validator.check_schema(node.get(extension, {}))


@pytest.mark.parametrize("name", NAMES)
def test_sources_are_known(name: str) -> None:
    for node in _objects(api_description(name)):
        sources = node.get("x-source", [])
        assert {sources} if isinstance(sources, str) else set(sources) <= set(load_yaml("sources.yaml"))


@pytest.mark.parametrize("name", NAMES)
def test_interpretations_and_exceptions_refer_to_known_rules(name: str) -> None:
    rules = {rule.name for rule in RULES} | {"STRICT"}
    for node in _objects(api_description(name)):
        assert {*node.get("x-readings", ()), *node.get("x-underived", ())} <= rules


@pytest.mark.parametrize("id_", ["VC-CREATE", "FCR-CREATE"])
def test_ordered_members_are_date_times(id_: str) -> None:
    request = operation(id_).request
    assert request is not None
    members = {name for pair in request["x-order"] for name in pair}
    assert {request["properties"][name]["format"] for name in members} == {"date-time"}


def test_rooms_are_nested_in_a_member_of_the_response() -> None:
    create = operation("FCR-CREATE")
    assert create.response is not None
    assert create.nested_in in create.response["properties"]


def _objects(node: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from _objects(item)
