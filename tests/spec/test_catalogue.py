"""The catalogue is complete, well-formed, and traced to the documentation and back."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import spec
from spec.catalogue import (
    Level,
    Requirement,
    UnknownRequirementError,
    catalogue,
    requirement,
    unchecked_statements,
    written_requirements,
)
from spec.citations import format_citations
from spec.data_files import load_yaml
from spec.derivation import derive
from spec.models import Constraint

HERE = Path(spec.__file__).parent
FILES = sorted((HERE / "requirements").glob("*.yaml"))
# References to internal working notes, which readers of a report do not have.
INTERNAL_REFERENCES = re.compile(r"AMB-|\bseed\b|\bTS \w|\.txt\b")


def test_ids_are_unique() -> None:
    ids = Counter(entry.id for entry in [*written_requirements(), *derive()])
    assert [id_ for id_, count in ids.items() if count > 1] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.stem))
def test_written_requirements_are_valid_under_their_schema(path: Path) -> None:
    schema = load_yaml("requirements.schema.json")
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(load_yaml(f"requirements/{path.name}"))


def test_sentences_are_sentences() -> None:
    assert [entry.id for entry in catalogue().values() if not re.fullmatch(r".+[^.]\.", entry.sentence)] == []


def test_sentences_are_unique_within_an_operation() -> None:
    sentences = Counter((entry.operation, entry.sentence) for entry in catalogue().values())
    assert [duplicate for duplicate, count in sentences.items() if count > 1] == []


def test_no_placeholder_is_left_in_a_sentence() -> None:
    assert [entry.id for entry in catalogue().values() if re.search(r"\{[a-z]", entry.sentence)] == []


def test_texts_have_no_internal_references() -> None:
    texts = {entry.id: " ".join(_texts(entry)) for entry in catalogue().values()}
    texts |= {id_: statement.reason for id_, statement in unchecked_statements().items()}
    assert [id_ for id_, text in texts.items() if INTERNAL_REFERENCES.search(text)] == []


def test_requirements_are_of_known_operations_and_profiles() -> None:
    profiles = {entry.profile for entry in catalogue().values()}
    assert profiles == {"shared", "video", "fabric"}
    assert {entry.operation for entry in catalogue().values() if entry.profile == "fabric"} == {
        "FCR-CREATE",
        "FCR-GET",
        "FCR-RES",
        "FCR-ROOM",
    }


def test_shared_requirements_come_first() -> None:
    order = [entry.id.partition("-")[0] for entry in catalogue().values()]
    assert order == sorted(order, key=["API", "VC", "FCR"].index)


def test_every_statement_is_covered_or_has_a_reason_why_not() -> None:
    rows = load_yaml("traceability.yaml")
    unexplained = [id_ for id_, row in rows.items() if bool(row.get("by")) is bool(row.get("excluded"))]
    assert unexplained == []


def test_statements_are_covered_by_existing_requirements() -> None:
    rows = load_yaml("traceability.yaml")
    covering = {requirement_id for row in rows.values() for requirement_id in row.get("by", ())}
    assert sorted(covering - set(catalogue())) == []


def test_statements_have_a_level() -> None:
    assert {Level(row["level"]) for row in load_yaml("traceability.yaml").values()} == set(Level)


def test_a_requirement_covers_the_statement_of_the_same_id() -> None:
    rows = load_yaml("traceability.yaml")
    assert [id_ for id_, row in rows.items() if id_ in catalogue() and id_ not in row.get("by", ())] == []


def test_a_written_requirement_covers_a_statement_or_has_a_rationale() -> None:
    covering = {
        requirement_id
        for row in load_yaml("traceability.yaml").values()
        for requirement_id in row.get("by", ())
    }
    written = [entry for entry in catalogue().values() if not entry.is_derived]
    assert [entry.id for entry in written if entry.id not in covering and entry.rationale is None] == []


def test_a_requirement_with_a_rationale_is_not_a_statement() -> None:
    rows = load_yaml("traceability.yaml")
    assert [
        entry.id for entry in catalogue().values() if entry.rationale is not None and entry.id in rows
    ] == []


def test_a_level_below_that_of_the_statement_has_an_interpretation() -> None:
    order = [Level.MUST, Level.SHOULD, Level.MAY]
    rows = {id_: row for id_, row in load_yaml("traceability.yaml").items() if id_ in catalogue()}
    lowered = [
        catalogue()[id_]
        for id_, row in rows.items()
        if order.index(catalogue()[id_].level) > order.index(Level(row["level"]))
    ]
    assert lowered
    assert [entry.id for entry in lowered if entry.interpretation is None] == []


def test_a_may_requirement_has_an_interpretation_or_a_statement() -> None:
    reported = [entry for entry in catalogue().values() if entry.level is Level.MAY]
    statements = load_yaml("traceability.yaml")
    assert [entry.id for entry in reported if not entry.interpretation and entry.id not in statements] == []


def test_a_requirement_lists_the_statements_that_it_covers() -> None:
    assert requirement("VC-CREATE-DATE-ONLY").covers == (
        "VC-CREATE-JOIN-FROM-DATE-ONLY-ACCEPT",
        "VC-CREATE-JOIN-FROM-DATE-ONLY-MIDNIGHT",
        "VC-CREATE-JOIN-UNTIL-DATE-ONLY-ACCEPT",
        "VC-CREATE-JOIN-UNTIL-DATE-ONLY-MIDNIGHT",
    )


def test_a_requirement_is_found_by_a_statement_it_covers() -> None:
    assert requirement("VC-CREATE-NAME-TRAILING-NEWLINE").id == "VC-CREATE-NAME-PATTERN"


@pytest.mark.parametrize(
    "unknown, near",
    [
        ("VC-CREATE-NAMES", "VC-CREATE-NAME-"),
        ("vc-get-statu", "VC-GET-STATUS"),
        ("VC-CREATE-DATEONLY", "VC-CREATE-DATE-ONLY"),
        ("", ""),
    ],
)
def test_an_unknown_id_suggests_the_nearest(unknown: str, near: str) -> None:
    with pytest.raises(UnknownRequirementError) as raised:
        requirement(unknown)
    assert str(raised.value).startswith(f"no requirement {unknown!r} in spec/; did you mean '{near}")


def test_the_error_for_an_unchecked_statement_has_the_reason() -> None:
    with pytest.raises(
        UnknownRequirementError, match=r"'API-AUTH-SCOPE-VIDEO' is not checked: needs a second"
    ):
        requirement("API-AUTH-SCOPE-VIDEO")


def test_citations_have_titles_places_and_urls() -> None:
    assert format_citations({"rfc3339": "section 5.6", "purpose": None}) == (
        "RFC 3339, Date and Time on the Internet: section 5.6 (https://www.rfc-editor.org/rfc/rfc3339); "
        "Implied by the purpose of the operation"
    )


def test_the_error_for_an_unknown_source_lists_the_sources() -> None:
    with pytest.raises(
        ValueError, match=r"no source 'hearsay' in spec/sources\.yaml; expected one of sdk-create, "
    ):
        format_citations({"hearsay": None})


def test_every_source_is_used() -> None:
    sources = " ".join(entry.source for entry in catalogue().values())
    assert [key for key, source in load_yaml("sources.yaml").items() if source["title"] not in sources] == []


def test_requirements_are_hashable() -> None:
    assert len(set(catalogue().values())) == len(catalogue())


@pytest.mark.parametrize(
    "id_, sentence",
    [
        ("VC-CREATE-NAME-MAXLENGTH", "name is limited to 100 characters: a longer string is rejected."),
        ("VC-CREATE-SIZE-ENUM", "size is small, medium or large: any other value is rejected."),
        ("VC-CREATE-SIZE-ENUM-ACCEPT", "size accepts each of small, medium and large."),
        ("VC-CREATE-ENABLE-CHAT-DEFAULT", "enable_chat defaults to true."),
        ("FCR-CREATE-MAX-MEMBERS-MAXIMUM", "max_members is at most 300: a larger value is rejected."),
        ("VC-CONF-SIZE", "Conference.size is present and is small, medium, large or null."),
        ("VC-SESSION-FPS", "ActiveSession.fps, if present, is 20 or 30."),
        (
            "VC-SESSION-FPS-STRICT",
            'ActiveSession.fps, if present, is 20 or 30, not "20" or "30".',
        ),
        ("FCR-ROOM-MAX-MEMBERS", "ConferenceRoom.max_members is present and is an integer from 0 to 300."),
    ],
)
def test_derived_sentences_are_complete(id_: str, sentence: str) -> None:
    assert requirement(id_).sentence == sentence


NAME_RULES = "OPTIONAL TYPE TYPE-CONVERTIBLE NULL MAXLENGTH MAXLENGTH-ACCEPT PATTERN PATTERN-ACCEPT ECHO"
TEXT_RULES = "MAXLENGTH MAXLENGTH-ACCEPT MAXLENGTH-CHARACTERS MAXLENGTH-ASTRAL TEXT ECHO"
DATE_RULES = "FORMAT FORMAT-ACCEPT FORMAT-IMPOSSIBLE OFFSET FRACTION ECHO"
RANGE_RULES = "MINIMUM MINIMUM-ACCEPT MAXIMUM MAXIMUM-ACCEPT ECHO"


@pytest.mark.parametrize(
    "operation, member, rules",
    [
        ("VC-CREATE", "display_name", f"REQUIRED TYPE TYPE-CONVERTIBLE NULL {TEXT_RULES}"),
        ("VC-CREATE", "name", NAME_RULES),
        ("VC-CREATE", "join_from", f"OPTIONAL TYPE TYPE-CONVERTIBLE NULL {DATE_RULES}"),
        ("VC-CREATE", "size", "OPTIONAL TYPE NULL ENUM ENUM-ACCEPT DEFAULT ECHO"),
        ("VC-CREATE", "enable_chat", "OPTIONAL TYPE TYPE-ACCEPT TYPE-CONVERTIBLE NULL DEFAULT ECHO"),
        ("VC-CREATE", "dark_primary", "OPTIONAL TYPE NULL PATTERN PATTERN-ACCEPT DEFAULT ECHO"),
        ("FCR-CREATE", "name", "REQUIRED TYPE TYPE-CONVERTIBLE NULL ECHO"),
        ("FCR-CREATE", "max_members", f"OPTIONAL TYPE TYPE-CONVERTIBLE NULL {RANGE_RULES}"),
        ("FCR-CREATE", "meta", "OPTIONAL TYPE TYPE-ACCEPT NULL ECHO"),
    ],
)
def test_rules_follow_from_keywords(operation: str, member: str, rules: str) -> None:
    constraints = [
        constraint
        for constraint in _constraints()
        if (constraint.operation, constraint.member) == (operation, member)
    ]
    assert sorted(constraint.rule for constraint in constraints) == sorted(rules.split())


@pytest.mark.parametrize(
    "id_, level",
    [
        ("VC-CREATE-DISPLAY-NAME-NULL", Level.MUST),
        ("VC-CREATE-DESCRIPTION-NULL", Level.MAY),
        ("VC-CREATE-NAME-TYPE-CONVERTIBLE", Level.MAY),
        ("VC-CREATE-NAME-ECHO", Level.MUST),
        ("FCR-CREATE-ENABLE-ROOM-PREVIEWS-REQUIRED", Level.MAY),
        ("FCR-CREATE-MAX-MEMBERS-MINIMUM-ACCEPT", Level.MAY),
        ("FCR-CREATE-REMOVE-AFTER-SECONDS-ELAPSED-MINIMUM-ACCEPT", Level.MUST),
        ("VC-CONF-ACTIVE-SESSION", Level.MUST),
        ("VC-CONF-ACTIVE-SESSION-STRICT", Level.MAY),
    ],
)
def test_interpretations_determine_levels(id_: str, level: Level) -> None:
    assert requirement(id_).level is level


def test_an_optional_response_member_has_a_precondition() -> None:
    assert requirement("VC-SESSION-END-TIME").precondition == "ActiveSession.end_time is received"
    assert requirement("VC-CONF-ID").precondition is None


def test_a_nested_resource_has_its_own_requirements() -> None:
    member = requirement("FCR-RES-CONFERENCE-ROOM").member
    assert member is not None
    assert member.schema["type"] == "object"
    assert "properties" not in member.schema


def _constraints() -> Iterator[Constraint]:
    return (entry.constraint for entry in catalogue().values() if entry.constraint is not None)


def _texts(entry: Requirement) -> Iterator[Any]:
    return filter(
        None, (entry.sentence, entry.source, entry.interpretation, entry.precondition, entry.rationale)
    )
