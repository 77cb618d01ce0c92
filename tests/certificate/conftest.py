"""A bundle of a small run, which tests change and sign again."""

from pathlib import Path

import pytest

from conformance.certificate import attestation
from tests.support.bundles import copy_bundle, run_reference
from tests.support.forged_certificates import SMALL_SELECTION, certify


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Path:
    """Return the folder of a run of two requirements, which is verified quickly."""
    folder = tmp_path_factory.mktemp("small") / "bundle"
    run_reference(folder, select=SMALL_SELECTION)
    certify(folder, keys)
    (folder / attestation.FILE).unlink()
    return folder


@pytest.fixture
def partial_bundle(small_run: Path, tmp_path: Path) -> Path:
    """Return a copy of the folder of the small run."""
    return copy_bundle(small_run, tmp_path / "bundle")
