"""Selection of requirements by --select, and by the markers of checks."""

import pytest

from conformance.config.selection import UnknownSelectionError, selected_requirements
from conformance.testkit.markers import constraints, members, requirement, requirements
from spec.catalogue import catalogue

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
    ],
)
def test_an_unknown_selection_is_rejected_with_a_suggestion(select: str, hint: str) -> None:
    with pytest.raises(UnknownSelectionError, match="in the selected profiles") as error:
        selected_requirements(BOTH, select)
    assert hint in str(error.value)


def test_requirements_of_other_profiles_cannot_be_selected() -> None:
    with pytest.raises(UnknownSelectionError):
        selected_requirements(("fabric",), NAME)


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
