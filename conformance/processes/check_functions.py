"""Check functions by name: what is sent to another process in place of a function.

Only the functions of our own check modules can be named, so that a message imports nothing else.
"""

import re
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

_MODULE: Final = re.compile(r"conformance(\.[a-z_]+)+\.test_[a-z_]+")
_FUNCTION: Final = re.compile(r"test_\w+")


def check_function(module: str, name: str) -> Callable[..., Any]:
    """Return a check; raise LookupError for anything else."""
    require_check(module, name)
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


def require_check(module: str, name: str) -> None:
    """Raise LookupError unless the names are those of a function in one of our check modules."""
    if not _MODULE.fullmatch(module) or not _FUNCTION.fullmatch(name):
        raise LookupError(f"{module!r} and {name!r} do not name a check")
