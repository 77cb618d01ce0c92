"""The last resort: what nobody foresaw ends with one line and a report that can be sent to us.

What only the report needs is imported where it is written: every command begins with this module.
"""

import os
import platform
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import click

from conformance import __version__

FILE: Final = "conformance-crash.txt"
DEBUG: Final = "CONFORMANCE_DEBUG"
_BROKEN: Final = 4


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
    from conformance.trace import headline, trace
    from reports.inert import inert

    redact = _redaction(options)
    told = headline(error, redact)
    lines = [
        f"conference-conformance {__version__}, Python {platform.python_version()}, {sys.platform}",
        f"conformance {command}",
        *trace(error, redact),
    ]
    written = _written("\n".join(lines) + "\n")
    click.echo(inert(f"conformance: our own mistake, which says nothing about the target: {told}"), err=True)
    click.echo(f"  please send us {written}; there is no secret in it (all of it: {DEBUG}=1)", err=True)


def _redaction(options: Mapping[str, Any]) -> Callable[[str], str]:
    """Return what takes the secrets out that this process may know."""
    from conformance.config.credentials_input import known_accounts
    from conformance.transport.redaction import Redactor

    redactors = [Redactor(account) for account in known_accounts(options)]

    def redact(text: str) -> str:
        for each in redactors:
            text = each(text)
        return text

    return redact


def _written(text: str) -> str:
    """Write the report where that is possible, and return where that was."""
    for folder in (Path(), Path(tempfile.gettempdir())):
        path = folder / FILE
        try:
            path.unlink(missing_ok=True)
            path.touch(mode=0o600)
            path.write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError:
            continue
        return str(path)
    return f"this, which could not be written to a file:\n{text}"
