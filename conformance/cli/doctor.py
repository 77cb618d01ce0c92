"""The `conformance doctor` command: the steps of the preflight, for every claimed profile."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from conformance.cli.run import run_with_settings
from conformance.config.settings import Settings
from conformance.engine.preflight.steps import PreflightError, preflight_steps
from conformance.engine.resource_cleanup import delete_leftovers
from conformance.runtime import resource_exhaustion
from conformance.testkit.api_client import ApiClient
from conformance.transport.stack import TransportStack, open_stack
from conformance.transport.throttling import RunStoppedError
from reports.formats import terminal
from reports.presentation.sanitize import escape_unprintable
from reports.records.exit_codes import CLEANUP_INCOMPLETE, INTERNAL_ERROR, USAGE_ERROR

_OK: Final = "ok  ", "green"
_WARNING: Final = "warn", "yellow"
_FAILURE: Final = "FAIL", "bold red"


def doctor_command(options: Mapping[str, Any]) -> int:
    """Print each step of the preflight, and return the exit code; stop at the first step that fails."""
    with TemporaryDirectory() as folder:
        return run_with_settings(
            lambda run_settings: _run_preflight(run_settings, folder, terminal.stdout_console()), options
        )


def _run_preflight(run_settings: Settings, folder: str, console: Console) -> int:
    with open_stack(run_settings.target, run_settings.limits, run_settings.connection, Path(folder)) as stack:

        def print_line(status: tuple[str, str], text: str) -> None:
            lines = map(escape_unprintable, stack.secret_mask.for_display(text).split("\n"))
            console.print(Text.assemble(status, "  ", "\n".join(lines)), soft_wrap=True)

        try:
            api = ApiClient(stack, run_settings.prefix, "doctor", effort=run_settings.effort)
            steps = preflight_steps(
                api, allow_leftovers=run_settings.allow_leftovers, requires_all_profiles=True
            )
            for step in steps:
                print_line(_WARNING if step.is_warning else _OK, f"{step.name:<12} {step.result}")
        except (PreflightError, RunStoppedError) as error:
            print_line(_FAILURE, str(error))
            is_exhausted = (
                isinstance(error, RunStoppedError) and error.code == resource_exhaustion.REASON_CODE
            )
            return INTERNAL_ERROR if is_exhausted else USAGE_ERROR
        finally:
            leftovers = _delete_leftovers(stack, run_settings)
            for leftover in leftovers:
                print_line(_FAILURE, leftover)
    return CLEANUP_INCOMPLETE if leftovers else 0


def _delete_leftovers(stack: TransportStack, run_settings: Settings) -> list[str]:
    """Delete the resources that the preflight created, and return those that could not be deleted."""
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
