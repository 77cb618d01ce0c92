"""The published schema of results.json takes what a run writes, and nothing cut short or made up."""

from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from spec.documents import results_schema
from spec.schemas import errors

FINDING = {
    "sent": 'POST /api/video/conferences {"display_name":"a","join_from":"2044-02-29"}',
    "expected": "join_from is the instant 2044-02-29T00:00:00Z",
    "received": '200 {"join_from":"2044-02-29T23:59:59Z"}',
    "why": "A date with no time means midnight.",
    "curl": "curl -u ...",
    "again": "conformance run --select VC-CREATE-DATE-ONLY",
    "flaky": False,
    "exchanges": [17],
    "steps": [
        {
            "number": 17,
            "operation": "VC-CREATE",
            "started": "2041-05-06T07:08:09.223456+00:00",
            "seconds": 0.012,
            "request": {
                "method": "POST",
                "target": "/api/video/conferences",
                "credential": "good credentials",
                "headers": [["content-type", "application/json"]],
                "body": '{"display_name":"a","join_from":"2044-02-29"}',
                "cut": 0,
            },
            "response": {"status": 200, "headers": [], "body": "{}", "cut": 0},
            "failure": None,
        }
    ],
}


def results() -> dict[str, Any]:
    return {
        "schema_version": 1,
        "suite": {
            "name": "conference-conformance",
            "version": "0.1.0",
            "spec": "0" * 64,
            "engines": {"hypothesis": "6.0.0"},
        },
        "target": {"origin": "https://api.example", "reference": False},
        "profiles": ["video"],
        "effort": "standard",
        "seed": None,
        "strict": False,
        "prefix": "0badcafe",
        "started": "2041-05-06T07:08:09.123456+00:00",
        "verdict": "does-not-conform",
        "exit_code": 1,
        "requests": 18,
        "seconds": 1.5,
        "requirements": [
            {
                "id": "VC-CREATE-DATE-ONLY",
                "level": "must",
                "verdict": "failed",
                "reason": None,
                "sentence": "A date with no time means midnight.",
                "source": "SDK reference",
                "operation": "VC-CREATE",
                "observations": 3,
                "findings": [FINDING],
            },
        ],
        "causes": [{"cause": "join_from of VC", "lead": "VC-CREATE-DATE-ONLY", "others": []}],
        "waivers": [
            {
                "requirement": "VC-CREATE-DATE-ONLY",
                "reason": "mended in 2.1",
                "expires": "2042-01-01",
                "state": "applied",
                "told": "",
            }
        ],
        "latency": [{"operation": "VC-CREATE", "answers": 18, "median": 0.01, "p95": 0.02, "longest": 0.03}],
        "timeline": {"seconds": 0.1, "requests": [18], "wrong": [0]},
        "notes": [],
        "leftovers": [{"collection": "VC", "id": "0f4e2a9c", "name": None}],
        "counts": {"passed": 0, "failed": 1},
        "footer": {"complete": True, "requirements": 1, "exchanges": 18, "evidence": None},
    }


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


def test_what_a_run_writes_fits() -> None:
    assert errors(results_schema(), results()) == []


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
def test_what_is_spoiled_does_not_fit(spoil: Callable[[dict[str, Any]], None]) -> None:
    document = results()
    spoil(document)
    assert errors(results_schema(), document) != []


def test_every_object_is_sealed() -> None:
    schema = results_schema()
    definitions = [definition for definition in schema["$defs"].values() if "properties" in definition]
    nested = [part for part in schema["properties"].values() if "properties" in part]
    assert {part["additionalProperties"] for part in [schema, *definitions, *nested]} == {False}
