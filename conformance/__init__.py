"""A conformance test suite for the Conference API."""

from conformance.runtime import import_path

__version__ = "0.1.0"

import_path.prefer_own_packages()  # before any of them is imported, by whichever entry point
