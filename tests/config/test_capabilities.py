"""Capabilities that the target is declared to lack, from options and configuration files."""

import pytest

from conformance.config.capabilities import missing_capabilities
from conformance.config.setting_types import ConfigurationError
from spec.capabilities import CAPABILITIES


@pytest.mark.parametrize(
    "names, expected",
    [
        (("delete,state", " list "), ("state", "delete", "list")),
        (("Active-Session",), ("active-session",)),
        ((), ()),
    ],
)
def test_capabilities_are_listed_in_their_order(names: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert missing_capabilities(names, mock=False) == expected


def test_a_mock_lacks_all_capabilities() -> None:
    assert missing_capabilities(["state"], mock=True) == CAPABILITIES


def test_an_unknown_capability_is_named() -> None:
    with pytest.raises(
        ConfigurationError, match=r"without: unknown capability 'stat'; did you mean 'state'\?"
    ):
        missing_capabilities(["list,stat"], mock=False)
    with pytest.raises(
        ConfigurationError, match="without: unknown capability 'x'; available: state, credentials"
    ):
        missing_capabilities(["x"], mock=True)
