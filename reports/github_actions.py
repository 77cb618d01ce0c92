"""Output for GitHub Actions: annotations in the log, and the summary of the step.

Both are written if the environment is that of a job, and never change the exit code of a run.
"""

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from reports.formats import github_annotations, markdown_summary
from reports.presentation.log_commands import escape_log_line

_ACTIVE: Final = "GITHUB_ACTIONS"
_SUMMARY: Final = "GITHUB_STEP_SUMMARY"


def publish(record: Mapping[str, Any], folder: Path | str, write_line: Callable[[str], object]) -> None:
    """Write the annotations of a record as lines, and append its summary to that of the step."""
    publish_texts(
        lambda: github_annotations.commands(record, f"{folder}/summary.md"),
        partial(markdown_summary.markdown, record),
        write_line,
    )


def publish_texts(
    annotations: Callable[[], Sequence[str]],
    summary: Callable[[int], str],
    write_line: Callable[[str], object],
) -> None:
    """Write annotations as lines, and append a summary to that of the step.

    `summary` returns Markdown of at most as many bytes as its argument.
    """
    if os.environ.get(_ACTIVE) != "true":
        return
    problem = _append_summary(summary)
    for command in annotations():
        write_line(command)
    if problem:
        write_line(escape_log_line(f"conformance: note: the step summary was not written: {problem}"))


def _append_summary(summary: Callable[[int], str]) -> str | None:
    """Append the summary to the file of the step, and return why it cannot be; None if it was."""
    path = os.environ.get(_SUMMARY)
    if not path:
        return None
    try:
        _append(summary, path)
    except (OSError, ValueError) as error:
        return f"{path}: {error.strerror}" if isinstance(error, OSError) else str(error)
    return None


def _append(summary: Callable[[int], str], path: str) -> None:
    """Append the summary within the limit of the step; raise ValueError if there is no room for it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK, 0o666)
    with os.fdopen(descriptor, "ab") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise ValueError(f"{path} is not a regular file")
        separator = "\n" if status.st_size else ""
        room = markdown_summary.MAX_BYTES - status.st_size - len(separator)
        if room <= 0:
            raise ValueError(f"{path} already has {status.st_size:,} bytes")
        file.write(f"{separator}{summary(room)}".encode())
