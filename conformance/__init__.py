"""The checks that decide whether a server speaks the Conference API, and what drives them."""

from conformance.runtime import import_path

__version__ = "0.1.0"

import_path.prefer_own_packages()  # before any of them is imported, by whichever entry point
