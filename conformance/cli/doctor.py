"""The `conformance doctor` command: the steps of the preflight, for every claimed profile."""

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from rich.text import Text

from conformance.cli.interface.json_output import print_json
from conformance.cli.interface.progress import wait_for_target
from conformance.cli.run import run_with_settings
from conformance.config.settings import Settings
from conformance.engine.preflight.steps import PreflightError, preflight_steps
from conformance.engine.resource_cleanup import delete_leftovers
from conformance.runtime import resource_exhaustion
from conformance.testkit.api_client import ApiClient
from conformance.transport.stack import TransportStack, open_stack
from conformance.transport.throttling import RunStoppedError
from reports.formats.terminal.console import stdout_console
from reports.presentation.log_commands import escape_log_line
from reports.records.exit_codes import CLEANUP_INCOMPLETE, CONFORMS, INTERNAL_ERROR, USAGE_ERROR

_OK: Final = "ok  ", "green"
_WARNING: Final = "warn", "yellow"
_FAILURE: Final = "FAIL", "bold red"
_JSON_STATUSES: Final = {_OK: "ok", _WARNING: "warning", _FAILURE: "failed"}


Listener = Callable[[tuple[str, str], str, str], None]  # status, name of the step, result


def doctor_command(options: Mapping[str, Any], *, as_json: bool = False) -> int:
    """Print each step of the preflight, and return the exit code; stop at the first step that fails."""
    steps: list[dict[str, str]] = []
    console = stdout_console()

    def print_step(status: tuple[str, str], name: str, result: str) -> None:
        lines = map(escape_log_line, f"{name:<12} {result}".strip().split("\n"))
        console.print(Text.assemble(status, "  ", "\n".join(lines)), soft_wrap=True)

    def add_step(status: tuple[str, str], name: str, result: str) -> None:
        steps.append({"status": _JSON_STATUSES[status], "name": name, "result": result})

    listener = add_step if as_json else print_step

    def run_preflight(run_settings: Settings) -> int:
        try:
            wait_for_target(run_settings, console, is_quiet=as_json)
        except PreflightError as error:
            listener(_FAILURE, "", str(error))
            return USAGE_ERROR
        with TemporaryDirectory() as folder:
            return _run_preflight(run_settings, folder, listener)

    code = run_with_settings(run_preflight, options, show_notices=not as_json)
    if as_json and steps:
        print_json({"can_start": code == CONFORMS, "steps": steps})
    return code


def _run_preflight(run_settings: Settings, folder: str, listener: Listener) -> int:
    with open_stack(run_settings.target, run_settings.limits, run_settings.connection, Path(folder)) as stack:

        def report_step(status: tuple[str, str], name: str, result: str) -> None:
            listener(status, name, stack.secret_mask.for_display(result))

        try:
            api = ApiClient(stack, run_settings.prefix, "doctor", effort=run_settings.effort)
            steps = preflight_steps(
                api, allow_leftovers=run_settings.allow_leftovers, requires_all_profiles=True
            )
            for step in steps:
                report_step(_WARNING if step.is_warning else _OK, step.name, step.result)
        except (PreflightError, RunStoppedError) as error:
            report_step(_FAILURE, "", str(error))
            is_exhausted = (
                isinstance(error, RunStoppedError) and error.code == resource_exhaustion.REASON_CODE
            )
            return INTERNAL_ERROR if is_exhausted else USAGE_ERROR
        finally:
            leftovers = _delete_leftovers(stack, run_settings)
            for leftover in leftovers:
                report_step(_FAILURE, "", leftover)
    return CLEANUP_INCOMPLETE if leftovers else 0


def _delete_leftovers(stack: TransportStack, run_settings: Settings) -> list[str]:
    """Delete the resources that the preflight created, and return those that could not be deleted."""
    if not stack.target.keeps_resources:
        return []
    delete_leftovers(ApiClient(stack, run_settings.prefix, "clean-up"), stack.ledger)
    ledger = stack.ledger
    certain = [
        f"left behind: {leftover.collection}/{leftover.id} {leftover.name}" for leftover in ledger.leftovers
    ]
    uncertain = [
        f"may be left behind: {leftover.collection}/(unknown id) {leftover.name}"
        for leftover in (*ledger.unconfirmed, *ledger.unfindable)
    ]
    return certain + uncertain
