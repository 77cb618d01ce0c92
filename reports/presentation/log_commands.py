"""Escaping of CI log commands: text in the log of a job that would instruct the CI system.

GitHub Actions executes a line that begins with `::name::`, and `##[name]` anywhere in a line; Azure Pipelines
executes `##vso[name]` anywhere in a line.
"""

import re
from typing import Final

from reports.presentation.sanitize import escape_unprintable

_LINE_START: Final = re.compile(r"^( *):(?=:)")
_ANYWHERE: Final = re.compile(r"#(?=#\w*\[)")


def escape_log_line(text: str, *, starts_line: bool = True) -> str:
    """Return a line, or a part of one, with unprintable characters and the start of a command escaped."""
    escaped = _ANYWHERE.sub(r"\\x23", escape_unprintable(text))
    return _LINE_START.sub(r"\1\\x3a", escaped) if starts_line else escaped
