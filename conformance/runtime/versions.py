"""Versions that a verdict depends on: the suite, the spec, and the libraries that generate and validate."""

import platform
import unicodedata
from functools import cache
from importlib.metadata import version
from typing import Any, Final

from conformance import __version__
from spec.data_files import digest

NAME: Final = "conference-conformance"
# A different version of one of these may generate different cases or give different verdicts.
_ENGINES: Final = ("hypothesis", "schemathesis", "jsonschema", "covertable")


@cache
def suite_versions() -> dict[str, Any]:
    """Return name and version of the suite, the digest of its spec, and the versions of its engines."""
    engines = {name: version(name) for name in _ENGINES}
    return {
        "name": NAME,
        "version": __version__,
        "spec": digest(),
        "engines": {**engines, "unicode": unicodedata.unidata_version},
    }


def python_version() -> str:
    """Return the Python implementation and version, which does not affect verdicts."""
    return f"{platform.python_implementation()} {platform.python_version()}"
