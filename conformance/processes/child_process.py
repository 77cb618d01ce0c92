"""Child processes: the command that starts one, and the environment that it gets.

A child runs in an isolated interpreter: neither the working directory nor PYTHONPATH is on its import path.
"""

import os
import sys
from pathlib import Path
from typing import Final

from conformance.processes import isolated_start
from conformance.runtime import import_path

_BY_ALL: Final = (
    "PATH",
    "HOME",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SYSTEMROOT",
    "LD_LIBRARY_PATH",  # of an interpreter that is a shared library
    "DYLD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "__PYVENV_LAUNCHER__",  # how the interpreter of macOS finds its virtual environment
)
_LOCALE: Final = "LC_"
FOR_TLS: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "OPENSSL_CONF", "OPENSSL_MODULES")


def command(program: str, *arguments: str) -> list[str]:
    """Return the command that runs one of `isolated.PROGRAMS`."""
    options = ["-I"]
    if sys.dont_write_bytecode:
        options += ["-B"]
    if sys.flags.utf8_mode:
        options += ["-X", "utf8"]  # an isolated interpreter does not read PYTHONUTF8
    script = str(Path(isolated_start.__file__).resolve())
    extra = os.pathsep.join(import_path.extra_folders())
    return [sys.executable, *options, script, program, extra, *arguments]


def environment(*more: str) -> dict[str, str]:
    """Return the variables that any child needs, and those that this one needs besides."""
    wanted = {*_BY_ALL, *more}
    return {name: value for name, value in os.environ.items() if name in wanted or name.startswith(_LOCALE)}
