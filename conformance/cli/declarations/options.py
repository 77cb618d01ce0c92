"""Options that several commands share."""

from collections.abc import Callable
from typing import Any, Final

import click

from conformance.cli.declarations.target_options import (
    concurrency_option,
    connection_options,
    credential_options,
    profile_option,
    rate_limit_option,
    timeout_option,
)
from conformance.cli.interface import completion

EFFORT: Final = click.Choice(["smoke", "standard", "thorough"])


def run_options(
    *,
    effort: str = "standard",
    max_seconds: int = 3600,
    seed: str = "Random seed. Default: the same test cases in every run.",
    has_default_target: bool = True,
    output: str = "conformance-results",
) -> Callable[[Any], Any]:
    """Return the options of all commands that send requests: target, test cases, limits and output.

    The help states these defaults, which are those of the command; `seed` is the help of that option.
    """
    default_target = "Default: the built-in reference server." if has_default_target else "Required."
    options = [
        click.option(
            "--target",
            metavar="ORIGIN",
            help=f"Base URL of the server under test, e.g. https://example.signalwire.com. {default_target}",
        ),
        profile_option("Profile that the target implements: video or fabric. Repeatable. Default: both."),
        credential_options,
        *(
            click.option(
                name,
                hidden=True,
                expose_value=False,
                is_eager=True,
                is_flag=False,
                flag_value="",
                callback=_reject_token,
            )
            for name in ("--api-token", "--token")
        ),
        click.option("--effort", type=EFFORT, help=f"Number of test cases. Default: {effort}."),
        selection_options,
        click.option(
            "--failed-from",
            type=click.Path(),
            metavar="DIR",
            help="Also select what failed or was inconclusive in the run with the output directory DIR.",
        ),
        click.option("--seed", type=int, metavar="N", help=seed),
        concurrency_option,
        rate_limit_option,
        click.option(
            "--max-requests",
            type=click.IntRange(1),
            metavar="N",
            help="Maximum number of requests, not counting clean-up.",
        ),
        click.option(
            "--max-live",
            type=click.IntRange(1),
            metavar="N",
            help="Maximum number of conferences and rooms that exist at the target at a time. Default: 50.",
        ),
        _boolean_option("--read-only", "Send GET requests only."),
        _boolean_option(
            "--allow-leftovers", "Run even if the target cannot delete; created resources stay there."
        ),
        click.option(
            "--wait",
            metavar="S",
            help="Time to wait until the target is ready, in seconds or with a unit, e.g. 2m: until its name "
            "resolves, it accepts connections and returns no status 502, 503 or 504. Exit code 2 after that. "
            "Default: no waiting.",
        ),
        timeout_option,
        click.option(
            "--max-seconds",
            metavar="S",
            help="Time limit for the run, in seconds or with a unit, e.g. 10m; clean-up may take up to the "
            f"same time again. Default: {max_seconds}.",
        ),
        connection_options,
        _boolean_option(
            "--allow-logged-credentials",
            "Send valid credentials also in places that servers log: in URLs, and the token as username.",
        ),
        click.option(
            "--without",
            multiple=True,
            metavar="NAME",
            help="Capability that the target lacks: state, credentials, delete, list or active-session. "
            "Requirements that need it are not applicable. Repeatable; also a comma-separated list.",
        ),
        _boolean_option(
            "--mock", "Test a mock server: --without state,credentials,delete,list,active-session."
        ),
        _boolean_option("--allow-http", "Allow sending credentials over plain HTTP to a remote host."),
        click.option("--active-session", metavar="ID", help="ID of a conference with an active session."),
        click.option(
            "--output",
            type=click.Path(file_okay=False),
            metavar="DIR",
            help=f"Output directory. Default: {output}.",
        ),
        _boolean_option("--strict", "Treat warnings as failures."),
        _boolean_option("--fail-fast", "Stop at the first failed requirement."),
        click.option(
            "--max-failures",
            type=click.IntRange(1),
            metavar="N",
            help="Stop after N failed requirements; --fail-fast is the same as 1.",
        ),
        click.option(
            "--config",
            type=click.Path(),
            metavar="FILE",
            help="Configuration file. Default: conformance.toml, or pyproject.toml with a table "
            "[tool.conformance], in the current directory or the nearest parent that has one.",
        ),
    ]

    def add_options(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return add_options


def selection_options(command: Any) -> Any:
    """Add the options that select requirements by expressions."""
    select = click.option(
        "--select",
        multiple=True,
        callback=_joined,
        metavar="EXPR",
        shell_complete=completion.selection_terms,
        help="Comma-separated ids or glob patterns of requirements, e.g. 'VC-CREATE-NAME-*', or criteria: "
        "level:must, operation:VC-CREATE, member:name, keyword:date. Repeatable; the selections add up.",
    )
    exclude = click.option(
        "--exclude",
        multiple=True,
        callback=_joined,
        metavar="EXPR",
        shell_complete=completion.selection_terms,
        help="Requirements to leave out, specified as in --select. Repeatable.",
    )
    return select(exclude(command))


def force_option(command: Any) -> Any:
    """Add the option that overwrites a certificate, and files that the suite did not write."""
    return click.option(
        "--force",
        is_flag=True,
        default=None,
        help="Overwrite a certificate in --output, and files that the suite did not write.",
    )(command)


def workers_option(help_text: str, *, default: int | None = 1) -> Callable[[Any], Any]:
    """Return the option for the number of worker processes, with the help text of a command."""
    return click.option(
        "--workers",
        type=click.IntRange(1, 64),
        default=default,
        show_default=default is not None,
        metavar="N",
        help=help_text,
    )


def reference_server_options(command: Any) -> Any:
    """Add the options that enable faults and permitted variants of the built-in reference server."""
    return fault_and_variant_options(
        "Enable a fault of the reference server; `conformance serve --list` shows them. Repeatable.",
        "Enable a permitted variant of the reference server. Repeatable.",
    )(command)


def fault_and_variant_options(fault_help: str, variant_help: str) -> Callable[[Any], Any]:
    """Return the options for faults and variants, with the help texts of a command."""
    fault = click.option(
        "--fault",
        "faults",
        multiple=True,
        metavar="ID",
        shell_complete=completion.faults,
        help=fault_help,
    )
    variant = click.option(
        "--variant",
        "variants",
        multiple=True,
        metavar="ID",
        shell_complete=completion.variants,
        help=variant_help,
    )
    return lambda command: fault(variant(command))


def _boolean_option(name: str, help_text: str) -> Any:
    """Return a flag that overrides the configuration file only if it is specified."""
    return click.option(name, is_flag=True, default=None, help=help_text)


def _joined(_: click.Context, __: click.Parameter, expressions: tuple[str, ...]) -> str | None:
    """Return the expressions of a repeatable option as one; None without any."""
    return ",".join(expressions) if expressions else None


def _reject_token(_: click.Context, option: click.Parameter, value: str | None) -> None:
    """Reject an API token on the command line, which all users can read in the list of processes."""
    if value is not None:
        raise click.UsageError(
            f"{option.opts[0]}: do not pass the token on the command line, where other users can see it; "
            "set SIGNALWIRE_API_TOKEN or use --api-token-file"
        )
