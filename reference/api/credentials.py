"""Credentials that the server accepts: one project id and its API token."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

PROJECT_ID_VARIABLE = "SIGNALWIRE_PROJECT_ID"
API_TOKEN_VARIABLE = "SIGNALWIRE_API_TOKEN"  # noqa: S105 - the name of the variable, not a token
PROJECT_ID = "7c0e5b1d-94af-4d26-b3e8-5fa1c7d20e94"
API_TOKEN = "PTa1b9c27de4f05836Kd7Q2mXv"  # noqa: S105 - valid only for this server

_BUILT_IN = {PROJECT_ID_VARIABLE: PROJECT_ID, API_TOKEN_VARIABLE: API_TOKEN}


@dataclass(frozen=True)
class Credentials:
    """A project id and its API token."""

    project_id: str = PROJECT_ID
    token: str = API_TOKEN


def from_environment(environment: Mapping[str, str] = os.environ) -> Credentials:
    """Read the variables of the vendor's SDK; use the built-in credentials where they are not set."""
    return Credentials(
        project_id=environment.get(PROJECT_ID_VARIABLE) or PROJECT_ID,
        token=environment.get(API_TOKEN_VARIABLE) or API_TOKEN,
    )


def description(environment: Mapping[str, str] = os.environ) -> str:
    """Describe the accepted credentials; print only the built-in ones, which are public."""
    parts = (
        f"{name} from the environment" if environment.get(name) else f"{name}={value}"
        for name, value in _BUILT_IN.items()
    )
    return f"credentials  {'  '.join(parts)}"


def exports(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the shell commands that set the built-in credentials, as far as they are accepted."""
    return [f"export {name}={value}" for name, value in _BUILT_IN.items() if not environment.get(name)]
