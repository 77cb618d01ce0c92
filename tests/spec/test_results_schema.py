"""The published schema of results.json accepts what a run writes, and rejects truncated or altered files."""

from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from spec.data_files import results_schema
from spec.validation import validation_errors
from tests.support.run_records import EACH, LEFTOVER, WAIVER, everything, record, requirement


def results() -> dict[str, Any]:
    return record(requirement("failed"), waivers=[WAIVER], leftovers=[{**LEFTOVER, "name": None}])


def cut_short(document: dict[str, Any]) -> None:
    del document["footer"]


def extended(document: dict[str, Any]) -> None:
    document["token"] = "secret"  # what must not be there


def of_no_known_verdict(document: dict[str, Any]) -> None:
    document["requirements"][0]["verdict"] = "skipped"


def of_no_known_count(document: dict[str, Any]) -> None:
    document["counts"]["skipped"] = 1


def without_an_exchange_list(document: dict[str, Any]) -> None:
    del document["requirements"][0]["findings"][0]["exchanges"]


def at_no_time(document: dict[str, Any]) -> None:
    document["started"] = "yesterday"


def test_the_schema_is_valid() -> None:
    Draft202012Validator.check_schema(results_schema())


@pytest.mark.parametrize(
    "document", [results(), record(), everything(), *(record(requirement) for requirement in EACH)]
)
def test_records_of_runs_are_valid(document: dict[str, Any]) -> None:
    assert validation_errors(results_schema(), document) == []


def test_members_that_older_versions_did_not_write_are_optional() -> None:
    document = results()
    del document["select"], document["shard"], document["requirements"][0]["seconds"]
    assert validation_errors(results_schema(), document) == []


@pytest.mark.parametrize(
    "spoil",
    [
        cut_short,
        extended,
        of_no_known_verdict,
        of_no_known_count,
        without_an_exchange_list,
        at_no_time,
    ],
)
def test_altered_records_are_invalid(spoil: Callable[[dict[str, Any]], None]) -> None:
    document = results()
    spoil(document)
    assert validation_errors(results_schema(), document) != []


def test_no_object_allows_additional_members() -> None:
    schema = results_schema()
    definitions = [definition for definition in schema["$defs"].values() if "properties" in definition]
    nested = [part for part in schema["properties"].values() if "properties" in part]
    assert {part["additionalProperties"] for part in [schema, *definitions, *nested]} == {False}
