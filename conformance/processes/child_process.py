"""Command line and environment of child processes.

A child runs in an isolated interpreter: neither the working directory nor PYTHONPATH is on its import path.
"""

import os
import sys
from pathlib import Path
from typing import Final

from conformance.processes import isolated_start
from conformance.runtime import import_path

_INHERITED: Final = (
    "PATH",
    "HOME",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SYSTEMROOT",
    "LD_LIBRARY_PATH",  # for an interpreter that is a shared library
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "__PYVENV_LAUNCHER__",  # macOS: location of the virtual environment
)
_LOCALE: Final = "LC_"
TLS_VARIABLES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "OPENSSL_CONF", "OPENSSL_MODULES")


def command(program: str, *arguments: str) -> list[str]:
    """Return the command that runs one of `isolated_start.PROGRAMS`."""
    options = ["-I"]
    if sys.dont_write_bytecode:
        options += ["-B"]
    if sys.flags.utf8_mode:
        options += ["-X", "utf8"]  # an isolated interpreter does not read PYTHONUTF8
    script = str(Path(isolated_start.__file__).resolve())
    extra = os.pathsep.join(import_path.extra_folders())
    return [sys.executable, *options, script, program, extra, *arguments]


def environment(*more: str) -> dict[str, str]:
    """Return the variables that every child inherits, and the additional ones."""
    names = {*_INHERITED, *more}
    return {name: value for name, value in os.environ.items() if name in names or name.startswith(_LOCALE)}
