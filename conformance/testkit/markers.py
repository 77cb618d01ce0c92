"""How a check says which requirement it decides."""

from collections.abc import Callable
from typing import Any

import pytest

from spec.catalogue import Requirement, catalogue


def requirement(identifier: str) -> pytest.MarkDecorator:
    """Bind a check to its requirement."""
    return pytest.mark.requirement(identifier)


def constraints(*rules: str) -> pytest.MarkDecorator:
    """Bind a check to all requirements that a rule derives from request members; it is given each `limit`."""
    return _over(
        "limit",
        lambda each: each.constraint,
        lambda each: bool(each.constraint and each.constraint.rule in rules),
    )


def members(*, strict: bool) -> pytest.MarkDecorator:
    """Bind a check to all requirements derived from members of answers; it is given each `member`."""
    return _over(
        "member", lambda each: each.member, lambda each: bool(each.member and each.member.strict is strict)
    )


def each_of(argument: str, values: dict[str, Any]) -> pytest.MarkDecorator:
    """Bind a check to several requirements, each with a value of its own."""
    return pytest.mark.parametrize(
        argument, [pytest.param(value, id=name, marks=requirement(name)) for name, value in values.items()]
    )


def _over(
    argument: str, value: Callable[[Requirement], Any], wanted: Callable[[Requirement], bool]
) -> pytest.MarkDecorator:
    return each_of(argument, {each.id: value(each) for each in catalogue().values() if wanted(each)})
