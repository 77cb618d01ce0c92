"""Markers that bind a check to the requirements it decides."""

from collections.abc import Callable
from typing import Any

import pytest

from spec.catalogue import Requirement, catalogue


def requirement(identifier: str) -> pytest.MarkDecorator:
    """Bind a check to its requirement."""
    return pytest.mark.requirement(identifier)


def constraints(*rules: str) -> pytest.MarkDecorator:
    """Bind a check to all requirements derived from request members by these rules, one per `constraint`."""
    return _derived(
        "constraint",
        lambda requirement: requirement.constraint,
        lambda requirement: bool(requirement.constraint and requirement.constraint.rule in rules),
    )


def members(*, strict: bool) -> pytest.MarkDecorator:
    """Bind a check to all requirements derived from response members, one per `member`."""
    return _derived(
        "member",
        lambda requirement: requirement.member,
        lambda requirement: bool(requirement.member and requirement.member.strict is strict),
    )


def requirements(argument: str, values: dict[str, Any]) -> pytest.MarkDecorator:
    """Bind a check to several requirements, each with its own value of an argument."""
    return pytest.mark.parametrize(
        argument, [pytest.param(value, id=name, marks=requirement(name)) for name, value in values.items()]
    )


def _derived(
    argument: str, value: Callable[[Requirement], Any], is_selected: Callable[[Requirement], bool]
) -> pytest.MarkDecorator:
    selected = [requirement for requirement in catalogue().values() if is_selected(requirement)]
    return requirements(argument, {requirement.id: value(requirement) for requirement in selected})
