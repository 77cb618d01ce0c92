"""Selection of requirements by --select, and by the markers of checks."""

import pytest

from conformance.config.selection import UnknownSelectionError, chosen
from conformance.testkit.markers import constraints, each_of, members, requirement
from spec.catalogue import catalogue

BOTH = ("video", "fabric")
NAME = "VC-CREATE-NAME-MAXLENGTH"


def ids(select: str, *profiles: str) -> list[str]:
    return [each.id for each in chosen(profiles or BOTH, select)]


def test_without_a_selection_all_requirements_of_the_profiles_are_selected() -> None:
    assert ids("") == list(catalogue())
    assert {each.profile for each in chosen(("video",), "")} == {"video", "shared"}
    assert {each.profile for each in chosen(("fabric",), "")} == {"fabric", "shared"}


@pytest.mark.parametrize("select", [NAME, NAME.lower(), f" {NAME} ", f"{NAME},", f",{NAME},{NAME}"])
def test_an_id_selects_one_requirement(select: str) -> None:
    assert ids(select) == [NAME]


def test_patterns_and_ids_are_combined_in_catalogue_order() -> None:
    some = ids(f"FCR-*, {NAME},API-AUTH-BASE64")
    assert some == [each for each in catalogue() if each in some]
    assert {"API-AUTH-BASE64", NAME} <= set(some)
    assert {each for each in catalogue() if each.startswith("FCR-")} <= set(some)
    assert ids("*") == list(catalogue())


def test_the_id_of_a_covered_statement_selects_the_requirement_that_covers_it() -> None:
    covering = next(each for each in catalogue().values() if each.covers)
    assert covering.id in ids(covering.covers[0])


@pytest.mark.parametrize(
    "select, hint",
    [
        ("VC-CREATE-NAME-MAXLENTH", f"did you mean {NAME!r}?"),
        ("ZZZ", "no requirement matches 'ZZZ'"),
        (f"{NAME},ZZZ", "'ZZZ'"),
    ],
)
def test_an_unknown_selection_is_rejected_with_a_suggestion(select: str, hint: str) -> None:
    with pytest.raises(UnknownSelectionError, match="in the selected profiles") as refused:
        chosen(BOTH, select)
    assert hint in str(refused.value)


def test_requirements_of_other_profiles_cannot_be_selected() -> None:
    with pytest.raises(UnknownSelectionError):
        chosen(("fabric",), NAME)


def test_a_check_is_marked_with_its_requirement() -> None:
    assert requirement(NAME).args == (NAME,)


def test_a_check_of_several_requirements_is_parametrized_with_their_values() -> None:
    _, cases = each_of("value", {"A-B": 1, "C-D": 2}).args
    assert [(case.id, case.values, case.marks[0].args) for case in cases] == [
        ("A-B", (1,), ("A-B",)),
        ("C-D", (2,), ("C-D",)),
    ]


def test_a_check_of_a_rule_is_parametrized_with_every_derived_limit() -> None:
    name, cases = constraints("MAXLENGTH").args
    derived = [
        each for each in catalogue().values() if each.constraint and each.constraint.rule == "MAXLENGTH"
    ]
    assert name == "limit"
    assert [case.id for case in cases] == [each.id for each in derived]
    assert [case.values[0] for case in cases] == [each.constraint for each in derived]


@pytest.mark.parametrize("strict", [True, False])
def test_a_check_of_members_is_parametrized_by_strictness(*, strict: bool) -> None:
    _, cases = members(strict=strict).args
    wanted = [each.id for each in catalogue().values() if each.member and each.member.strict is strict]
    assert [case.id for case in cases] == wanted
    assert wanted
