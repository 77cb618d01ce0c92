"""What our own pytest has to know of the checks, which it imports but never runs."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks that checks bear."""
    config.addinivalue_line("markers", "requirement(id): the requirement that a check decides")
    config.addinivalue_line("markers", "explores: a check without written cases")
