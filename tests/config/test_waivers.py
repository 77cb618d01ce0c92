"""Waivers of the configuration: ids, patterns and criteria, and which waiver applies."""

from datetime import date
from typing import Any

import pytest

from conformance.config.setting_types import ConfigurationError
from conformance.config.waivers import parse_waivers

NAME_TYPE, DISPLAY_TYPE = "VC-CREATE-NAME-TYPE", "VC-CREATE-DISPLAY-NAME-TYPE"


def table(waived: Any, reason: str = "known") -> dict[str, Any]:
    return {"requirement": waived, "reason": reason, "expires": date(2041, 5, 6)}


def waived(*tables: dict[str, Any]) -> dict[str, str]:
    """Return the reason by requirement."""
    return {waiver.requirement: waiver.reason for waiver in parse_waivers(tables)}


def error_message(*tables: dict[str, Any]) -> str:
    with pytest.raises(ConfigurationError) as error:
        parse_waivers(tables)
    return str(error.value)


def test_a_pattern_waives_each_requirement_that_it_matches() -> None:
    waivers = parse_waivers([table("VC-CREATE-*-TYPE")])
    assert {NAME_TYPE, DISPLAY_TYPE} <= {waiver.requirement for waiver in waivers}
    assert {waiver.pattern for waiver in waivers} == {"VC-CREATE-*-TYPE"}
    assert all(waiver.requirement.startswith("VC-CREATE-") for waiver in waivers)


@pytest.mark.parametrize(
    "expression, included, excluded",
    [
        ("member:join_from", "VC-CREATE-JOIN-FROM-TYPE", NAME_TYPE),
        ("operation:FCR-CREATE", "FCR-CREATE-NAME-TYPE", NAME_TYPE),
        ("level:should", "FCR-RES-DISPLAY-NAMES-AGREE", NAME_TYPE),
        ("vc-create-*-type", NAME_TYPE, "FCR-CREATE-NAME-TYPE"),
        (f"VC-CREATE-*-TYPE, !{NAME_TYPE}", DISPLAY_TYPE, NAME_TYPE),
        ([NAME_TYPE, "VC-GET-*"], NAME_TYPE, DISPLAY_TYPE),
    ],
)
def test_criteria_lists_and_exclusions_are_those_of_a_selection(
    expression: Any, included: str, excluded: str
) -> None:
    waivers = waived(table(expression))
    assert included in waivers
    assert excluded not in waivers


def test_an_id_in_a_list_is_not_a_pattern() -> None:
    (waiver,) = [one for one in parse_waivers([table([NAME_TYPE, "VC-GET-*"])]) if not one.pattern]
    assert waiver.requirement == NAME_TYPE


def test_an_id_takes_precedence_over_a_pattern_and_the_first_pattern_over_others() -> None:
    waivers = waived(table("VC-CREATE-*-TYPE", "first"), table("VC-*", "second"), table(NAME_TYPE, "by id"))
    assert waivers[NAME_TYPE] == "by id"
    assert waivers[DISPLAY_TYPE] == "first"
    assert waivers["VC-GET-STATUS"] == "second"


@pytest.mark.parametrize(
    "tables, message",
    [
        (
            [table("VC-CRAETE-*-TYPE")],
            "waivers: no requirement matches 'VC-CRAETE-*-TYPE'; did you mean 'VC-",
        ),
        (
            [table("member:joinfrom")],
            "waivers: no requirement matches 'member:joinfrom'; did you mean 'member:join",
        ),
        ([table("levle:must")], "waivers 'levle:must': unknown criterion 'levle'; did you mean 'level'?"),
        ([table("VC-CREATE-NAMES")], "waivers: no requirement 'VC-CREATE-NAMES'"),
        ([table(f"with:{NAME_TYPE}")], "selects requests, not requirements; omit it"),
        (
            [table("VC-CREATE-FUL*,!VC-CREATE-FULL")],
            "the exclusions leave nothing of 'VC-CREATE-FUL*'",
        ),
        ([table("!VC-*")], "waivers: '!VC-*' names no requirement"),
        ([table("VC-*"), table("VC-*")], "waivers: 'VC-*' is waived twice"),
        ([table([NAME_TYPE, NAME_TYPE])], f"waivers: '{NAME_TYPE}' is waived twice"),
        ([table("VC-*"), table("VC-CREATE-*")], "waivers: 'VC-CREATE-*' has no effect"),
        ([table([])], "waivers: [] names no requirement"),
        ([table(7)], "waivers: 7 is not a requirement id"),
    ],
)
def test_an_error_names_the_waiver(tables: list[dict[str, Any]], message: str) -> None:
    assert message in error_message(*tables)
