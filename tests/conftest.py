"""Fixtures and settings of all tests; the checks are imported by tests, but not run as tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.fake_targets import ENVIRONMENT

# Without a folder for examples, as in a run.
settings.register_profile("tests", database=None)
settings.load_profile("tests")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marks of checks."""
    config.addinivalue_line("markers", "requirement(id): the requirement that a check decides")
    config.addinivalue_line("markers", "property_based: a check whose cases are generated")


def pytest_xdist_auto_num_workers() -> int:
    """Return one worker more than there are cores, as many tests wait for processes."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True, scope="session")
def outside_github_actions() -> Iterator[None]:
    """Remove the variables of a job of GitHub Actions, to whose log and summary runs would add."""
    with pytest.MonkeyPatch.context() as environment:
        for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
            environment.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a key pair to sign certificates with."""
    from conformance.certificate.keys import generate_keys  # noqa: PLC0415 - most tests need no cryptography

    folder = tmp_path_factory.mktemp("keys")
    generate_keys(folder)
    return folder


@pytest.fixture(scope="session")
def certified(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Path:
    """Return the signed bundle of a run at --effort smoke, which a test must not change."""
    return _certified_run(tmp_path_factory.mktemp("certified"), keys, "smoke")


@pytest.fixture(scope="session")
def certified_conforming(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Path:
    """Return the signed bundle of a run at --effort standard, whose status is "conforms"."""
    return _certified_run(tmp_path_factory.mktemp("conforming"), keys, "standard")


def _certified_run(folder: Path, keys: Path, effort: str) -> Path:
    from conformance.config.settings import Effort  # noqa: PLC0415 - most tests need no run
    from tests.support.bundles import run_reference  # noqa: PLC0415 - the same
    from tests.support.forged_certificates import certify  # noqa: PLC0415 - the same

    run_reference(folder / "bundle", effort=Effort(effort))
    certify(folder / "bundle", keys)
    return folder / "bundle"


@pytest.fixture
def bundle(certified: Path, tmp_path: Path) -> Path:
    """Return a copy of the bundle `certified`, to be changed."""
    from tests.support.bundles import copy_bundle  # noqa: PLC0415 - the same

    return copy_bundle(certified, tmp_path / "bundle")


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to an empty folder, and set the credentials in the environment."""
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
