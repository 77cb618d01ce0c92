"""Options of a comparison of two live targets."""

from typing import Any, Final

import click

from conformance.cli.declarations.options import EFFORT, selection_options
from conformance.cli.declarations.target_options import (
    concurrency_option,
    profile_option,
    rate_limit_option,
    timeout_option,
    tls_and_proxy_options,
)

_ACCOUNTS: Final = (("", "A", "SIGNALWIRE_"), ("second-", "B", "CONFORMANCE_SECOND_"))


def live_options(command: Any) -> Any:
    """Add the options for two live targets to the command that compares them."""
    for option in reversed([*_account_options(), *_test_options(), *_connection_options()]):
        command = option(command)
    return command


def _account_options() -> list[Any]:
    options = [
        option for prefix, target, variables in _ACCOUNTS for option in _options_of(prefix, target, variables)
    ]
    same = click.option("--same-credentials", is_flag=True, help="Send the credentials of A to B as well.")
    return [*options, same]


def _options_of(prefix: str, target: str, variables: str) -> list[Any]:
    return [
        click.option(
            f"--{prefix}project-id",
            metavar="ID",
            help=f"Project ID for {target}. Default: that in {variables}PROJECT_ID.",
        ),
        click.option(
            f"--{prefix}api-token-file",
            type=click.Path(),
            metavar="FILE",
            help=f"File with the API token for {target}. Default: the token in {variables}API_TOKEN.",
        ),
        click.option(
            f"--{prefix}header",
            f"{prefix.replace('-', '_')}headers",
            multiple=True,
            metavar="NAME:VALUE",
            help=f"Header to add to every request to {target}. Repeatable.",
        ),
        click.option(
            f"--{prefix}active-session",
            metavar="ID",
            help=f"ID of a conference with an active session at {target}.",
        ),
    ]


def _test_options() -> list[Any]:
    return [
        profile_option("Profile that both targets implement: video or fabric. Repeatable. Default: both."),
        click.option("--effort", type=EFFORT, help="Number of requests. Default: standard."),
        selection_options,
        click.option(
            "--without",
            multiple=True,
            metavar="NAME",
            help="Capability that a target lacks, as for run. Repeatable.",
        ),
        concurrency_option,
        rate_limit_option,
        click.option(
            "--max-live",
            type=click.IntRange(1),
            metavar="N",
            help="Maximum number of conferences and rooms that exist at each target at a time. Default: 50.",
        ),
        timeout_option,
        click.option(
            "--max-seconds", metavar="S", help="Time limit for the requests to each target. Default: 3600."
        ),
        click.option(
            "--records",
            type=click.Path(file_okay=False),
            metavar="DIR",
            help="Output directory of the two runs. Default: conformance-comparison.",
        ),
    ]


def _connection_options() -> list[Any]:
    return [
        tls_and_proxy_options,
        click.option(
            "--allow-http",
            is_flag=True,
            default=None,
            help="Allow sending credentials over plain HTTP to a remote host.",
        ),
        click.option("--config", type=click.Path(), metavar="FILE", help="Configuration file, as for run."),
    ]
