"""Capabilities that the target is declared to lack: --without and --mock."""

from collections.abc import Sequence
from difflib import get_close_matches

from conformance.config.setting_types import ConfigurationError
from spec.capabilities import CAPABILITIES


def missing_capabilities(names: Sequence[str], *, mock: bool) -> tuple[str, ...]:
    """Return the missing capabilities in their usual order; a mock has none of them.

    Each string may be a comma-separated list. Raise ConfigurationError for an unknown name.
    """
    missing = {name.strip().lower() for listed in names for name in listed.split(",")}
    for name in sorted(missing.difference(CAPABILITIES)):
        close_matches = get_close_matches(name, CAPABILITIES, 1)
        hint = (
            f"did you mean {close_matches[0]!r}?"
            if close_matches
            else f"available: {', '.join(CAPABILITIES)}"
        )
        raise ConfigurationError(f"without: unknown capability {name!r}; {hint}")
    return CAPABILITIES if mock else tuple(name for name in CAPABILITIES if name in missing)
