"""Report of an unexpected error: a message on the terminal, and a file for a bug report.

Modules that only the report needs are imported where it is written: every command imports this module.
"""

import os
import platform
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import click

from conformance import __version__
from conformance.runtime.tracebacks import CRASH_REPORT

DEBUG: Final = "CONFORMANCE_DEBUG"
_INTERNAL_ERROR: Final = 4  # exit code
_CLEANUP_COMMAND: Final = "cleanup"
_COMMANDS_WITH_OUTPUT: Final = frozenset({"run", "certify", "fuzz"})  # they have a default output folder


class CrashSafeCommand(click.Command):
    """A command that reports an unexpected error without a traceback, unless one is requested."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; exit with 4 after an error that nothing else handles."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if os.environ.get(DEBUG) or ctx.params.get("verbose"):
                raise
            _report_crash(error, ctx.info_name or "", ctx.params)
            sys.exit(_INTERNAL_ERROR)


def _report_crash(error: Exception, command: str, options: Mapping[str, Any]) -> None:
    """Write the crash report, and print the error and the path of the report."""
    from conformance.runtime.tracebacks import headline, trace
    from reports.presentation.sanitize import escape_unprintable

    redact = _redaction(options)
    problem = headline(error, redact)
    lines = [
        f"conference-conformance {__version__}, Python {platform.python_version()}, {sys.platform}",
        f"conformance {command}",
        *trace(error, redact),
    ]
    click.echo(
        escape_unprintable(f"conformance: internal error (not a finding about the target): {problem}"),
        err=True,
    )
    path = _write_report("\n".join(lines) + "\n", _output_folder(command, options))
    if path is None:
        click.echo("\n".join(f"  {escape_unprintable(line)}" for line in lines), err=True)
    attachment = escape_unprintable(str(path)) if path else "these lines"
    click.echo(
        f"  Please attach {attachment} to a bug report; secrets are redacted. "
        f"Set {DEBUG}=1 for the complete traceback.",
        err=True,
    )


def _redaction(options: Mapping[str, Any]) -> Callable[[str], str]:
    """Return a function that redacts all secrets that this process may know."""
    from conformance.config.credentials_input import known_accounts
    from conformance.config.target import Connection
    from conformance.processes.reference_process import ACCOUNT
    from conformance.redaction.masking import connection_secrets
    from conformance.redaction.redactor import Redactor

    headers = (str(header).partition(":") for header in options.get("headers") or ())
    connection = Connection(
        proxy=options.get("proxy"), headers=tuple((name, value.strip()) for name, _, value in headers)
    )
    accounts = list(known_accounts(options)) or [ACCOUNT]
    redactors = [Redactor(account, connection_secrets(connection)) for account in accounts]

    def redact(text: str) -> str:
        for redactor in redactors:
            text = redactor(text)
        return text

    return redact


def _output_folder(command: str, options: Mapping[str, Any]) -> Path | None:
    """Return the output folder of a command; None if there is none, or it holds a certificate."""
    from conformance.results.output_folder import CERTIFICATE, DEFAULT, has_marker

    specified = options.get("folder") if command == _CLEANUP_COMMAND else options.get("output")
    folder = Path(specified or DEFAULT)
    is_output = folder.is_dir() if specified else command in _COMMANDS_WITH_OUTPUT and has_marker(folder)
    return folder if is_output and not os.path.lexists(folder / CERTIFICATE) else None


def _write_report(text: str, folder: Path | None) -> Path | None:
    """Write the report to a folder, and return its path; None if it cannot be written."""
    from reports.files import private_files

    if folder is None:
        return None
    try:
        private_files.write(text.encode(errors="backslashreplace").decode(), folder / CRASH_REPORT)
    except OSError:
        return None
    return folder / CRASH_REPORT
