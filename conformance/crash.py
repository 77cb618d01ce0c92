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
from conformance.credentials import PROJECT, TOKEN

FILE: Final = "conformance-crash.txt"
DEBUG: Final = "CONFORMANCE_DEBUG"
_BROKEN: Final = 4
_CLEANUP: Final = "cleanup"
_SENDING: Final = frozenset({"run", "certify", "fuzz"})  # they write to a folder even if none is named


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
    click.echo(inert(f"conformance: our own mistake, which says nothing about the target: {told}"), err=True)
    written = _written("\n".join(lines) + "\n", _output(command, options))
    if written is None:
        click.echo("\n".join(f"  {inert(line)}" for line in lines), err=True)
    named = inert(str(written)) if written else "these lines"
    click.echo(f"  please send us {named}; there is no secret in it (all of it: {DEBUG}=1)", err=True)


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
    try:
        return Path(path).read_text(encoding="utf-8").strip() if path else ""
    except (OSError, ValueError):
        return ""


def _output(command: str, options: Mapping[str, Any]) -> Path | None:
    """Return the folder that a command writes to; None if there is none, or it is signed."""
    from conformance.results.output_folder import CERTIFICATE, DEFAULT, is_marked

    named = options.get("folder") if command == _CLEANUP else options.get("output")
    folder = Path(named or DEFAULT)
    ours = folder.is_dir() if named else command in _SENDING and is_marked(folder)
    return folder if ours and not os.path.lexists(folder / CERTIFICATE) else None


def _written(text: str, folder: Path | None) -> Path | None:
    """Write the report to a folder, and return where it is; None if it cannot be written."""
    from reports import private

    if folder is None:
        return None
    try:
        private.write(text.encode(errors="backslashreplace").decode(), folder / FILE)
    except OSError:
        return None
    return folder / FILE


def _be_silent_if_closed() -> None:
    try:
        sys.stdout.flush()
    except OSError:
        _be_silent()


def _be_silent() -> None:
    """Let Python say nothing more on a standard output that takes nothing more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
