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
from conformance.credentials import PROJECT, TOKEN

FILE: Final = "conformance-crash.txt"
DEBUG: Final = "CONFORMANCE_DEBUG"
_BROKEN: Final = 4


class Careful(click.Command):
    """A command that never shows a traceback to somebody who did not ask for one."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and end with 4 where it ends in a way that nobody foresaw."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except SystemExit as ended:
            self._flush(ended)
            raise
        except BrokenPipeError:
            _be_silent()
            sys.exit(_BROKEN)
        except Exception as error:
            if os.environ.get(DEBUG) or ctx.params.get("verbose"):
                raise
            _tell(error, ctx.info_name or "", ctx.params)
            sys.exit(_BROKEN)
        return result

    @staticmethod
    def _flush(ended: SystemExit) -> None:
        """Find out now whether the last words can be said, while there is somebody to be told that not."""
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            _be_silent()
        except OSError as error:
            _be_silent()
            click.echo(f"conformance: standard output cannot be written to: {error.strerror}", err=True)
            ended.code = _BROKEN


def _tell(error: Exception, command: str, options: Mapping[str, Any]) -> None:
    """Write the report, and say in a line what went wrong and where the report is."""
    from conformance.trace import headline, trace
    from reports.inert import inert

    redact = _redactor(options)
    told = headline(error, redact)
    if isinstance(error, OSError):
        _be_silent_if_closed()
    lines = [
        f"conference-conformance {__version__}, Python {platform.python_version()}, {sys.platform}",
        f"conformance {command}",
        *trace(error, redact),
    ]
    written = _written("\n".join(lines) + "\n")
    click.echo(inert(f"conformance: our own mistake, which says nothing about the target: {told}"), err=True)
    click.echo(f"  please send us {written}; there is no secret in it (all of it: {DEBUG}=1)", err=True)


def _redactor(options: Mapping[str, Any]) -> Callable[[str], str]:
    """Return what takes the secrets out that this process may know."""
    from conformance.credentials import Account
    from conformance.transport.redaction import Redactor

    projects = [options.get("project_id"), os.environ.get(PROJECT)]
    tokens = [_content(options.get("api_token_file")), os.environ.get(TOKEN)]
    pairs = [(project or "", token or "") for project in projects for token in tokens]
    redactors = [Redactor(Account(*pair)) for pair in pairs if any(pair)]

    def redact(text: str) -> str:
        for each in redactors:
            text = each(text)
        return text

    return redact


def _content(path: str | None) -> str:
    from reports import input_files

    try:
        return input_files.text(Path(path), limit=input_files.CREDENTIALS).strip() if path else ""
    except input_files.InputFileError:
        return ""


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


def _be_silent_if_closed() -> None:
    try:
        sys.stdout.flush()
    except OSError:
        _be_silent()


def _be_silent() -> None:
    """Let Python say nothing more on a standard output that takes nothing more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
