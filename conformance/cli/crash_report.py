"""The last resort: what nobody foresaw ends with one line and a report that can be sent to us.

What only the report needs is imported where it is written: every command begins with this module.
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
_BROKEN: Final = 4
_CLEANUP: Final = "cleanup"
_SENDING: Final = frozenset({"run", "certify", "fuzz"})  # they write to a folder even if none is named


class Careful(click.Command):
    """A command that never shows a traceback to somebody who did not ask for one."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and exit with 4 after an error that nothing else handles."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if os.environ.get(DEBUG) or ctx.params.get("verbose"):
                raise
            _tell(error, ctx.info_name or "", ctx.params)
            sys.exit(_BROKEN)


def _tell(error: Exception, command: str, options: Mapping[str, Any]) -> None:
    """Write the report, and say in a line what went wrong and where the report is."""
    from conformance.runtime.tracebacks import headline, trace
    from reports.presentation.sanitize import inert

    redact = _redaction(options)
    told = headline(error, redact)
    lines = [
        f"conference-conformance {__version__}, Python {platform.python_version()}, {sys.platform}",
        f"conformance {command}",
        *trace(error, redact),
    ]
    click.echo(inert(f"conformance: our own mistake, which says nothing about the target: {told}"), err=True)
    written = _written("\n".join(lines) + "\n", _output(command, options))
    if written is None:
        click.echo("\n".join(f"  {inert(line)}" for line in lines), err=True)
    named = inert(str(written)) if written else "these lines"
    click.echo(f"  please send us {named}; there is no secret in it (all of it: {DEBUG}=1)", err=True)


def _redaction(options: Mapping[str, Any]) -> Callable[[str], str]:
    """Return what takes the secrets out that this process may know."""
    from conformance.config.credentials_input import known_accounts
    from conformance.redaction.redactor import Redactor

    redactors = [Redactor(account) for account in known_accounts(options)]

    def redact(text: str) -> str:
        for each in redactors:
            text = each(text)
        return text

    return redact


def _output(command: str, options: Mapping[str, Any]) -> Path | None:
    """Return the folder that a command writes to; None if there is none, or it is signed."""
    from conformance.results.output_folder import CERTIFICATE, DEFAULT, is_marked

    named = options.get("folder") if command == _CLEANUP else options.get("output")
    folder = Path(named or DEFAULT)
    ours = folder.is_dir() if named else command in _SENDING and is_marked(folder)
    return folder if ours and not os.path.lexists(folder / CERTIFICATE) else None


def _written(text: str, folder: Path | None) -> Path | None:
    """Write the report to a folder, and return where it is; None if it cannot be written."""
    from reports.files import private_files

    if folder is None:
        return None
    try:
        private_files.write(text.encode(errors="backslashreplace").decode(), folder / CRASH_REPORT)
    except OSError:
        return None
    return folder / CRASH_REPORT
