"""Selection of requirements by --select, and by the markers of checks."""

import pytest

from conformance.config.selection import (
    UnknownSelectionError,
    explicit_ids,
    requests_only_ids,
    selected_requirements,
    selection_expression,
)
from conformance.testkit.markers import constraints, members, requirement, requirements
from spec.catalogue import Level, catalogue

BOTH = ("video", "fabric")
NAME = "VC-CREATE-NAME-MAXLENGTH"


def ids(select: str, *profiles: str) -> list[str]:
    return [selected.id for selected in selected_requirements(profiles or BOTH, select)]


def test_without_a_selection_all_requirements_of_the_profiles_are_selected() -> None:
    assert ids("") == list(catalogue())
    assert {selected.profile for selected in selected_requirements(("video",), "")} == {"video", "shared"}
    assert {selected.profile for selected in selected_requirements(("fabric",), "")} == {"fabric", "shared"}


@pytest.mark.parametrize("select", [NAME, NAME.lower(), f" {NAME} ", f"{NAME},", f",{NAME},{NAME}"])
def test_an_id_selects_one_requirement(select: str) -> None:
    assert ids(select) == [NAME]


def test_patterns_and_ids_are_combined_in_catalogue_order() -> None:
    selected_ids = ids(f"FCR-*, {NAME},API-AUTH-BASE64")
    assert selected_ids == [identifier for identifier in catalogue() if identifier in selected_ids]
    assert {"API-AUTH-BASE64", NAME} <= set(selected_ids)
    assert {identifier for identifier in catalogue() if identifier.startswith("FCR-")} <= set(selected_ids)
    assert ids("*") == list(catalogue())


def test_the_id_of_a_covered_statement_selects_the_requirement_that_covers_it() -> None:
    covering_requirement = next(entry for entry in catalogue().values() if entry.covers)
    assert covering_requirement.id in ids(covering_requirement.covers[0])


@pytest.mark.parametrize(
    "select, hint",
    [
        ("VC-CREATE-NAME-MAXLENTH", f"did you mean {NAME!r}?"),
        ("ZZZ", "no requirement matches 'ZZZ'"),
        (f"{NAME},ZZZ", "'ZZZ'"),
        ("level:mist", "available: level:must, level:should, level:may"),
        ("operation:VC-CREAT", "did you mean 'operation:VC-CREATE'?"),
        ("member:nam", "did you mean 'member:name'?"),
        ("keyword:zzz", "'keyword:zzz'"),
        ("must", "did you mean 'level:must'?"),
        ("vc-create", "did you mean 'operation:VC-CREATE'?"),
        ("quality", "did you mean 'member:quality'?"),
        ("date", "did you mean 'keyword:date'?"),
        ("!ZZZ", "--exclude: no requirement matches 'ZZZ'"),
    ],
)
def test_an_unknown_selection_is_rejected_with_a_suggestion(select: str, hint: str) -> None:
    with pytest.raises(UnknownSelectionError, match="in the selected profiles") as error:
        selected_requirements(BOTH, select)
    assert hint in str(error.value)


def test_requirements_of_other_profiles_cannot_be_selected() -> None:
    with pytest.raises(UnknownSelectionError, match="it belongs to profile video"):
        selected_requirements(("fabric",), NAME)


def test_requirements_of_other_profiles_can_be_excluded() -> None:
    assert ids(f"!{NAME}", "fabric") == ids("", "fabric")


@pytest.mark.parametrize(
    "select, message",
    [
        ("levl:must", "unknown criterion 'levl'; did you mean 'level'?"),
        ("colour:red", "unknown criterion 'colour'; available: level, operation, member, keyword"),
        (f"{NAME},!VC-*", "the selection is empty"),
        ("with:VC-CREATE-FULL", "the selection is empty"),
        (" , ", "omit it to select all requirements"),
    ],
)
def test_an_invalid_expression_is_rejected(select: str, message: str) -> None:
    with pytest.raises(UnknownSelectionError) as error:
        selected_requirements(BOTH, select)
    assert message in str(error.value)


@pytest.mark.parametrize("select", ["level:must", "Level:MUST", " level : must "])
def test_a_level_selects_its_requirements(select: str) -> None:
    assert ids(select) == [id_ for id_, entry in catalogue().items() if entry.level is Level.MUST]


@pytest.mark.parametrize("select", ["operation:VC-GET", "operation:vc-get", "operation:*C-GE?"])
def test_an_operation_selects_its_requirements(select: str) -> None:
    assert ids(select) == [id_ for id_, entry in catalogue().items() if entry.operation == "VC-GET"]


def test_a_member_selects_its_requirements_derived_or_written() -> None:
    selected_ids = ids("member:join_from")
    assert {
        "VC-CREATE-JOIN-FROM-OPTIONAL",  # derived from a request
        "FCR-ROOM-JOIN-FROM",  # derived from a response
        "VC-CREATE-JOIN-FROM-OMITTED-NULL",  # the id has the member
        "VC-CREATE-DATE-ONLY",  # the sentence has the member
    } <= set(selected_ids)
    assert "VC-CREATE-JOIN-UNTIL-OPTIONAL" not in selected_ids
    assert set(ids("member:dark_*")) == {id_ for id_ in catalogue() if "-DARK-" in id_}


def test_a_member_with_a_plain_name_is_not_searched_for_in_sentences() -> None:
    selected_ids = ids("member:name")
    assert "VC-CREATE-NAME-UNIQUE" in selected_ids
    assert "VC-CREATE-DISPLAY-NAME-MAXLENGTH" not in selected_ids
    assert "VC-GET-BY-NAME" not in selected_ids


def test_a_keyword_selects_by_the_beginning_of_words_in_ids_and_sentences() -> None:
    selected_ids = set(ids("keyword:date"))
    assert {"VC-CREATE-DATE-ONLY", "VC-CONF-DATES-UTC", "FCR-CREATE-REMOVE-AT-FORMAT-ACCEPT"} <= selected_ids
    assert "VC-GET-NO-TOUCH" not in selected_ids  # updated_at
    assert "API-AUTH-HEADER-REQUIRED" in ids("keyword:status 401")


def test_exclusions_apply_to_everything_that_is_selected() -> None:
    assert ids("!level:may") == [id_ for id_, entry in catalogue().items() if entry.level is not Level.MAY]
    assert ids("!VC-CREATE-NAME-MAX*,VC-CREATE-NAME-MAX*,FCR-CREATE-NAME-ECHO") == ["FCR-CREATE-NAME-ECHO"]


def test_expressions_are_combined() -> None:
    expression = selection_expression(["A-*, B-C", "level:must"], ["D-*,E", "!F"])
    assert expression == "A-*, B-C,level:must,!D-*,!E,!F"


def test_requirements_selected_by_id_or_level_are_explicit() -> None:
    assert explicit_ids(f"{NAME},FCR-*,keyword:date,!VC-GET-STATUS") == {NAME}
    assert explicit_ids("level:may") == {
        id_ for id_, entry in catalogue().items() if entry.level is Level.MAY
    }
    assert explicit_ids("") == frozenset()


def test_checks_can_be_added_for_their_requests_only() -> None:
    expression = f"{NAME},with:VC-CREATE-FULL"
    assert ids(expression) == [NAME]
    assert requests_only_ids(expression) == {"VC-CREATE-FULL"}


def test_a_check_is_marked_with_its_requirement() -> None:
    assert requirement(NAME).args == (NAME,)


def test_a_check_of_several_requirements_is_parametrized_with_their_values() -> None:
    _, cases = requirements("value", {"A-B": 1, "C-D": 2}).args
    assert [(case.id, case.values, case.marks[0].args) for case in cases] == [
        ("A-B", (1,), ("A-B",)),
        ("C-D", (2,), ("C-D",)),
    ]


def test_a_check_of_a_rule_is_parametrized_with_every_derived_limit() -> None:
    name, cases = constraints("MAXLENGTH").args
    derived = [
        entry for entry in catalogue().values() if entry.constraint and entry.constraint.rule == "MAXLENGTH"
    ]
    assert name == "constraint"
    assert [case.id for case in cases] == [entry.id for entry in derived]
    assert [case.values[0] for case in cases] == [entry.constraint for entry in derived]


@pytest.mark.parametrize("strict", [True, False])
def test_a_check_of_members_is_parametrized_by_strictness(*, strict: bool) -> None:
    _, cases = members(strict=strict).args
    expected = [entry.id for entry in catalogue().values() if entry.member and entry.member.strict is strict]
    assert [case.id for case in cases] == expected
    assert expected
