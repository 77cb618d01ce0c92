"""What our own pytest has to know of the checks, which it imports but never runs."""

from pathlib import Path

import pytest
from hypothesis import settings

# A run in the same process gives Hypothesis no folder to keep examples in.
settings.register_profile("tests", database=None)
settings.load_profile("tests")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks that checks bear."""
    config.addinivalue_line("markers", "requirement(id): the requirement that a check decides")
    config.addinivalue_line("markers", "property_based: a check whose cases are generated")


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a key pair to sign certificates with."""
    from conformance.certificate import attestation  # noqa: PLC0415 - most tests need no cryptography

    folder = tmp_path_factory.mktemp("keys")
    attestation.generate_keys(folder)
    return folder


@pytest.fixture(scope="session")
def certified(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Path:
    """Return the signed bundle of a plain certifying run, which nobody may change."""
    from conformance.config.settings import Effort  # noqa: PLC0415 - the same
    from tests.support.bundles import run_reference  # noqa: PLC0415 - the same
    from tests.support.forged_certificates import sign  # noqa: PLC0415 - the same

    folder = tmp_path_factory.mktemp("certified") / "bundle"
    run_reference(folder, effort=Effort.STANDARD)
    sign(folder, keys)
    return folder


@pytest.fixture
def bundle(certified: Path, tmp_path: Path) -> Path:
    """Return a copy of that bundle, to be changed."""
    from tests.support.bundles import copy_bundle  # noqa: PLC0415 - the same

    return copy_bundle(certified, tmp_path / "bundle")
