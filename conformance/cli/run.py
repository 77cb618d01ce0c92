"""The `conformance run`, `list` and `explain` commands."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from conformance.cli.interface.json_output import print_json
from conformance.cli.interface.progress import Progress
from conformance.config.loader import (
    WARNING,
    ConfigurationError,
    claimed_profiles,
    load_settings,
    merge_sources,
)
from conformance.config.selection import (
    UnknownSelectionError,
    selected_requirements,
    selection_expression,
)
from conformance.config.settings import Settings
from conformance.config.target import PROFILES
from conformance.engine.runner import run
from conformance.processes import reference_process
from conformance.redaction.masking import secret_mask
from conformance.redaction.redactor import redact_environment_credentials
from reports import github_actions
from reports.formats.terminal.console import Detail, stdout_console
from reports.formats.terminal.run_output import print_record
from reports.presentation.log_commands import escape_log_line
from reports.records.exit_codes import USAGE_ERROR
from spec.catalogue import Requirement, requirement


def run_command(
    options: Mapping[str, Any],
    faults: Sequence[str],
    variants: Sequence[str],
    detail: Detail = Detail.NORMAL,
) -> int:
    """Run the checks, print the results, and return the exit code."""
    return run_with_settings(
        lambda run_settings: int(run_with_progress(run_settings, detail)["exit_code"]),
        options,
        faults,
        variants,
    )


def run_with_settings(
    action: Callable[[Settings], int],
    options: Mapping[str, Any],
    faults: Sequence[str] = (),
    variants: Sequence[str] = (),
    *,
    show_notices: bool = True,
) -> int:
    """Call the action with the settings for the options, and return its exit code, or that of a usage error.

    Without a target, the built-in reference server runs during the call.
    """
    try:
        with resolved_settings(options, faults, variants) as run_settings:
            if show_notices:
                print_notices(run_settings)
            return action(run_settings)
    except (ConfigurationError, reference_process.NotStartedError) as error:
        return usage_error(str(error))


def print_notices(run_settings: Settings) -> None:
    """Print the configuration file in use, and corrections of the credentials."""
    console = stdout_console()
    redact = secret_mask(run_settings.target.account, run_settings.connection).for_display
    for notice in run_settings.notices:
        style = "bold yellow" if notice.startswith(WARNING) else ""
        console.print(Text(escape_log_line(redact(notice)), style), soft_wrap=True)


def run_with_progress(run_settings: Settings, detail: Detail = Detail.NORMAL) -> dict[str, Any]:
    """Run the checks, print progress and results, and return the record."""
    console = stdout_console()
    record = _run(run_settings, console, detail)
    print_record(record, console, str(run_settings.output), detail)
    github_actions.publish(record, run_settings.output, click.echo)
    return record


def list_command(
    select: str | None, exclude: str | None, profiles: Sequence[str], *, as_json: bool = False
) -> int:
    """Print the selected requirements, one per line, and return the exit code."""
    try:
        expression = selection_expression(filter(None, [select]), filter(None, [exclude]))
        listed = list(selected_requirements(claimed_profiles(profiles or PROFILES), expression))
    except (ConfigurationError, UnknownSelectionError) as error:
        return usage_error(str(error))
    if as_json:
        print_json({"requirements": [{"id": item.id, **_members(item)} for item in listed]})
        return 0
    for item in listed:
        needs = f" (needs {', '.join(item.needs)})" if item.needs else ""
        click.echo(f"{item.id:<55} {item.level:<7} {item.sentence}{needs}")
    return 0


def explain_command(identifier: str, *, as_json: bool = False) -> int:
    """Print all members of a requirement, and return the exit code."""
    try:
        explained = requirement(identifier.upper())
    except LookupError as error:
        return usage_error(str(error.args[0]))
    members = _members(explained)
    if as_json:
        print_json({"id": explained.id, **members})
        return 0
    click.echo(explained.id)
    for name, value in members.items():
        if value:
            click.echo(f"  {name:<14} {', '.join(value) if isinstance(value, list) else value}")
    return 0


def _members(described: Requirement) -> dict[str, Any]:
    """Return the members of a requirement; empty text and lists if there is nothing to state."""
    return {
        "sentence": described.sentence,
        "level": str(described.level),
        "operation": described.operation,
        "profile": described.profile,
        "source": described.source,
        "interpretation": described.interpretation or "",
        "needs": list(described.needs),
        "precondition": described.precondition or "",
        "covers": list(described.covers),
        "rationale": described.rationale or "",
    }


@contextmanager
def resolved_settings(
    options: Mapping[str, Any], faults: Sequence[str], variants: Sequence[str]
) -> Iterator[Settings]:
    """Yield the settings; without a target, start the built-in reference server and stop it at the end."""
    if merge_sources(options).get("target"):
        if faults or variants:
            raise ConfigurationError(
                "--fault and --variant apply only to the built-in reference server; omit --target"
            )
        yield load_settings(options)
        return
    server_options = reference_process.behavior_options(faults, variants)
    with reference_process.reference_server(server_options) as server:
        active_session = options.get("active_session") or server.live_conference_id
        yield load_settings(
            {**options, "active_session": active_session},
            reference_url=server.address,
            reference_options=tuple(server_options),
        )


def _run(run_settings: Settings, console: Console, detail: Detail) -> dict[str, Any]:
    if detail is Detail.QUIET:
        return run(run_settings)
    print_header(run_settings, console)
    with Progress(console, _requirement_count(run_settings)) as progress:
        return run(run_settings, progress)


def _requirement_count(run_settings: Settings) -> int | None:
    """Return the number of selected requirements; None if the selection is invalid, which the run reports."""
    try:
        return len(selected_requirements(run_settings.target.profiles, run_settings.select))
    except UnknownSelectionError:
        return None


def print_header(run_settings: Settings, console: Console, workers: int = 1) -> None:
    """Print the target and the main settings of a run."""
    per_worker = " per worker process" if workers > 1 else ""
    request_limit = (
        f"up to {run_settings.effort.max_requests:,} requests{per_worker}, plus retries of findings"
    )
    parts = [
        f"profiles: {', '.join(run_settings.target.profiles)}",
        f"effort: {run_settings.effort} ({request_limit})",
    ]
    if run_settings.shard:
        parts.append(f"shard: {run_settings.shard.number} of {run_settings.shard.of}")
    parts.append(f"workers: {workers}" if workers > 1 else f"resource prefix: cc-{run_settings.prefix}")
    print_title(run_settings, console)
    console.print(Text(f"{'; '.join(parts)}\n", "dim"), soft_wrap=True)


def print_title(run_settings: Settings, console: Console) -> None:
    """Print the name of the suite and the target."""
    target = run_settings.target
    name = "built-in reference server (no --target specified)" if target.is_reference else target.origin
    console.print(
        Text.assemble(("conference-conformance", "bold"), f"  {escape_log_line(name)}"), soft_wrap=True
    )


def usage_error(problem: str) -> int:
    """Print a problem to standard error, and return the exit code of a usage error."""
    for line in redact_environment_credentials(f"conformance: {problem}").split("\n"):
        click.echo(escape_log_line(line), err=True)
    return USAGE_ERROR
