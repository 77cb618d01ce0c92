"""Options that describe a target: profiles, credentials and connection."""

from collections.abc import Callable
from typing import Any

import click

from conformance.cli.interface import completion


def profile_option(help_text: str) -> Callable[[Any], Any]:
    """Return the option for profiles, with the help text of a command."""
    return click.option(
        "--profile",
        "profiles",
        multiple=True,
        metavar="NAME",
        shell_complete=completion.profiles,
        help=help_text,
    )


def credential_options(command: Any) -> Any:
    """Add the options that specify the credentials of the target."""
    project_id = click.option(
        "--project-id", metavar="ID", help="Project ID. Default: that in SIGNALWIRE_PROJECT_ID."
    )
    token_file = click.option(
        "--api-token-file",
        type=click.Path(),
        metavar="FILE",
        help="File that contains the API token, or project:token. Default: the token in "
        "SIGNALWIRE_API_TOKEN.",
    )
    return project_id(token_file(command))


def rate_limit_option(command: Any) -> Any:
    """Add the option that limits the rate of requests."""
    return click.option(
        "--rate-limit", metavar="N/s", help="Maximum number of requests, e.g. 20/s or 600/m."
    )(command)


def concurrency_option(command: Any) -> Any:
    """Add the option that limits the number of concurrent requests."""
    return click.option(
        "--concurrency",
        type=click.IntRange(1, 256),
        metavar="N",
        help="Maximum number of concurrent requests. Default: 16.",
    )(command)


def timeout_option(command: Any) -> Any:
    """Add the option for the timeout of a request."""
    return click.option(
        "--timeout",
        metavar="S",
        help="Timeout for a request, in seconds or with a unit, e.g. 500ms. Default: 10.",
    )(command)


def connection_options(command: Any) -> Any:
    """Add the options for headers, TLS and a proxy."""
    header = click.option(
        "--header",
        "headers",
        multiple=True,
        metavar="NAME:VALUE",
        help="Header to add to every request. Repeatable.",
    )
    return header(tls_and_proxy_options(command))


def tls_and_proxy_options(command: Any) -> Any:
    """Add the options for TLS and a proxy."""
    options = [
        click.option(
            "--ca", type=click.Path(), metavar="PATH", help="CA certificates: a PEM file or a directory."
        ),
        click.option(
            "--client-cert",
            type=click.Path(),
            metavar="FILE",
            help="Client certificate and key: one PEM file, or CERT,KEY.",
        ),
        click.option("--proxy", metavar="URL", help="Proxy URL (http, https, socks5 or socks5h)."),
        click.option(
            "--verify-tls/--no-verify-tls",
            default=None,
            help="Whether the TLS certificate of the target must be valid. Default: it must. --no-verify-tls "
            "is for test servers only: a host that intercepts the connection can read the credentials.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command
