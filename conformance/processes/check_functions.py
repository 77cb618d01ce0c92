"""Lookup of check functions by name, which are sent to another process instead of the functions.

Only functions of the check modules are accepted, so that a message cannot import anything else.
"""

import re
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

_MODULE: Final = re.compile(r"conformance(\.[a-z_]+)+\.test_[a-z_]+")
_FUNCTION: Final = re.compile(r"test_\w+")


def check_function(module: str, name: str) -> Callable[..., Any]:
    """Return a check; raise LookupError for any other name."""
    require_check(module, name)
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


def require_check(module: str, name: str) -> None:
    """Raise LookupError unless the names are those of a function in a check module."""
    if not _MODULE.fullmatch(module) or not _FUNCTION.fullmatch(name):
        raise LookupError(f"{module!r} and {name!r} are not the names of a check")
