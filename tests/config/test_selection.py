"""What the user's choice of requirements names."""

import pytest

from conformance.config.selection import UnknownSelectionError, chosen
from conformance.testkit.markers import constraints, each_of, members, requirement
from spec.catalogue import catalogue

BOTH = ("video", "fabric")
NAME = "VC-CREATE-NAME-MAXLENGTH"


def ids(select: str, *profiles: str) -> list[str]:
    return [each.id for each in chosen(profiles or BOTH, select)]


def test_without_a_choice_all_of_the_claimed_profiles_are_chosen() -> None:
    assert ids("") == list(catalogue())
    assert {each.profile for each in chosen(("video",), "")} == {"video", "shared"}
    assert {each.profile for each in chosen(("fabric",), "")} == {"fabric", "shared"}


@pytest.mark.parametrize("select", [NAME, NAME.lower(), f" {NAME} ", f"{NAME},", f",{NAME},{NAME}"])
def test_an_id_names_one_requirement(select: str) -> None:
    assert ids(select) == [NAME]


def test_patterns_and_lists_are_joined_in_the_order_of_the_catalogue() -> None:
    some = ids(f"FCR-*, {NAME},API-AUTH-BASE64")
    assert some == [each for each in catalogue() if each in some]
    assert {"API-AUTH-BASE64", NAME} <= set(some)
    assert {each for each in catalogue() if each.startswith("FCR-")} <= set(some)
    assert ids("*") == list(catalogue())


def test_a_covered_statement_stands_for_the_requirement_that_covers_it() -> None:
    covering = next(each for each in catalogue().values() if each.covers)
    assert covering.id in ids(covering.covers[0])


@pytest.mark.parametrize(
    "select, hint",
    [
        ("VC-CREATE-NAME-MAXLENTH", f"did you mean {NAME!r}?"),
        ("ZZZ", "called 'ZZZ'"),
        (f"{NAME},ZZZ", "'ZZZ'"),
    ],
)
def test_a_choice_that_names_nothing_is_refused_with_the_nearest_id(select: str, hint: str) -> None:
    with pytest.raises(UnknownSelectionError, match="no requirement of the claimed profiles") as refused:
        chosen(BOTH, select)
    assert hint in str(refused.value)


def test_what_is_not_claimed_cannot_be_chosen() -> None:
    with pytest.raises(UnknownSelectionError):
        chosen(("fabric",), NAME)


def test_a_check_says_which_requirement_it_decides() -> None:
    assert requirement(NAME).args == (NAME,)


def test_a_check_of_several_requirements_is_given_the_value_of_each() -> None:
    _, cases = each_of("value", {"A-B": 1, "C-D": 2}).args
    assert [(case.id, case.values, case.marks[0].args) for case in cases] == [
        ("A-B", (1,), ("A-B",)),
        ("C-D", (2,), ("C-D",)),
    ]


def test_a_check_of_a_rule_is_given_every_limit_that_the_rule_derives() -> None:
    name, cases = constraints("MAXLENGTH").args
    derived = [
        each for each in catalogue().values() if each.constraint and each.constraint.rule == "MAXLENGTH"
    ]
    assert name == "constraint"
    assert [case.id for case in cases] == [each.id for each in derived]
    assert [case.values[0] for case in cases] == [each.constraint for each in derived]


@pytest.mark.parametrize("strict", [True, False])
def test_a_check_of_members_is_given_every_one_of_its_strictness(*, strict: bool) -> None:
    _, cases = members(strict=strict).args
    wanted = [each.id for each in catalogue().values() if each.member and each.member.strict is strict]
    assert [case.id for case in cases] == wanted
    assert wanted
