"""Credentials of the second target of a comparison."""

import os
from collections.abc import Mapping
from typing import Any

from conformance.config.credentials_input import SuppliedAccount, supplied_account
from conformance.config.setting_types import ConfigurationError
from conformance.http.credentials import (
    PROJECT_VARIABLE,
    SECOND_PROJECT_VARIABLE,
    SECOND_TOKEN_VARIABLE,
    TOKEN_VARIABLE,
)


def second_account(
    options: Mapping[str, Any], environment: Mapping[str, str] = os.environ
) -> SuppliedAccount:
    """Return the account of the second target of a comparison, from options and variables of its own.

    Raise ConfigurationError if a value is missing or certainly wrong.
    """
    own_options = {name: options.get(f"second_{name}") for name in ("project_id", "api_token_file")}
    variables = {PROJECT_VARIABLE: SECOND_PROJECT_VARIABLE, TOKEN_VARIABLE: SECOND_TOKEN_VARIABLE}
    own_environment = {
        name: environment[second] for name, second in variables.items() if second in environment
    }
    try:
        supplied = supplied_account(own_options, own_environment)
    except ConfigurationError as error:
        raise ConfigurationError(_of_second_target(str(error))) from None
    return SuppliedAccount(supplied.account, tuple(map(_of_second_target, supplied.notices)))


def _of_second_target(message: str) -> str:
    """Return a message that names the options and the variables of the second target."""
    names = {
        PROJECT_VARIABLE: SECOND_PROJECT_VARIABLE,
        TOKEN_VARIABLE: SECOND_TOKEN_VARIABLE,
        "--project-id": "--second-project-id",
        "--api-token-file": "--second-api-token-file",
    }
    for name, second in names.items():
        message = message.replace(name, second)
    return message
