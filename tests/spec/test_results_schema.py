"""The published schema of results.json accepts what a run writes, and rejects truncated or altered files."""

from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.run_records import LEFTOVER, REQUIREMENTS, WAIVER, full_record, record, requirement


def results() -> dict[str, Any]:
    return record(requirement("failed"), waivers=[WAIVER], leftovers=[{**LEFTOVER, "name": None}])


def remove_footer(document: dict[str, Any]) -> None:
    del document["footer"]


def add_member(document: dict[str, Any]) -> None:
    document["token"] = "secret"  # not in the schema


def set_unknown_verdict(document: dict[str, Any]) -> None:
    document["requirements"][0]["verdict"] = "skipped"


def add_unknown_count(document: dict[str, Any]) -> None:
    document["counts"]["skipped"] = 1


def remove_exchanges(document: dict[str, Any]) -> None:
    del document["requirements"][0]["findings"][0]["exchanges"]


def set_invalid_time(document: dict[str, Any]) -> None:
    document["started"] = "yesterday"


def test_the_schema_is_valid() -> None:
    Draft202012Validator.check_schema(results_schema())


@pytest.mark.parametrize(
    "document", [results(), record(), full_record(), *(record(requirement) for requirement in REQUIREMENTS)]
)
def test_records_of_runs_are_valid(document: dict[str, Any]) -> None:
    assert validation_errors(results_schema(), document) == []


def test_members_that_older_versions_did_not_write_are_optional() -> None:
    document = results()
    del document["select"], document["shard"], document["requirements"][0]["seconds"]
    assert validation_errors(results_schema(), document) == []


@pytest.mark.parametrize(
    "alter",
    [
        remove_footer,
        add_member,
        set_unknown_verdict,
        add_unknown_count,
        remove_exchanges,
        set_invalid_time,
    ],
)
def test_altered_records_are_invalid(alter: Callable[[dict[str, Any]], None]) -> None:
    document = results()
    alter(document)
    assert validation_errors(results_schema(), document) != []


def test_no_object_allows_additional_members() -> None:
    schema = results_schema()
    definitions = [definition for definition in schema["$defs"].values() if "properties" in definition]
    nested = [part for part in schema["properties"].values() if "properties" in part]
    assert {part["additionalProperties"] for part in [schema, *definitions, *nested]} == {False}
