"""The published OpenAPI documents are valid, self-contained and equivalent in both versions."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
import yaml
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
from schemathesis.core.result import Ok

from conformance.cli.main import main
from spec.data_files import NAMES, resolve_reference
from spec.operations import operations
from spec.published_documents import VERSIONS, published_document

VALIDATORS = {"3.1": OpenAPIV31SpecValidator, "3.0": OpenAPIV30SpecValidator}
VALUES: list[Any] = [None, "", "720p", "medium", 0, 1.5, True, [], {}]


def nodes(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        yield node
    for part in node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ():
        yield from nodes(part)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", NAMES)
def test_a_document_is_valid_and_has_no_extensions(name: str, version: str) -> None:
    document = published_document(name, version)
    VALIDATORS[version](document).validate()
    assert document["openapi"].startswith(version)
    assert not [key for node in nodes(document) for key in node if str(key).startswith("x-")]
    for node in nodes(document):
        if "$ref" in node:
            assert resolve_reference(node["$ref"], document)


@pytest.mark.parametrize("name", NAMES)
def test_both_versions_permit_the_same_values(name: str) -> None:
    schemas = {version: published_document(name, version)["components"]["schemas"] for version in VERSIONS}
    members = [
        (schema, member)
        for schema, content in schemas["3.1"].items()
        for member in content.get("properties", ())
    ]
    assert members
    for schema, member in members:
        for value in VALUES:
            is_valid = Draft202012Validator(_root(schemas["3.1"], schema, member)).is_valid(value)
            assert OAS30Validator(_root(schemas["3.0"], schema, member)).is_valid(value) == is_valid, (
                schema,
                member,
                value,
            )


def _root(schemas: Mapping[str, Any], schema: str, member: str) -> dict[str, Any]:
    return {"allOf": [schemas[schema]["properties"][member]], "components": {"schemas": schemas}}


@pytest.mark.parametrize("version", VERSIONS)
def test_schemathesis_loads_all_operations(version: str) -> None:
    loaded = set()
    for name in NAMES:
        for result in schemathesis.openapi.from_dict(published_document(name, version)).get_all_operations():
            assert isinstance(result, Ok)
            loaded.add((result.ok().method.upper(), result.ok().path))
    assert loaded == {(operation.method, operation.path) for operation in operations().values()}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", NAMES)
def test_the_command_prints_the_document(name: str, version: str) -> None:
    for form, load in (("json", json.loads), ("yaml", yaml.safe_load)):
        arguments = ["spec", name, "--format", form, "--openapi", version]
        assert load(CliRunner().invoke(main, arguments).stdout) == published_document(name, version)


def test_an_unknown_version_is_named() -> None:
    with pytest.raises(ValueError, match=r"no OpenAPI version '2\.0'; expected one of 3\.1, 3\.0"):
        published_document("video", "2.0")
