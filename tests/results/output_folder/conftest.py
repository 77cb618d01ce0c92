"""An empty working directory, and a target."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fake_targets import ENVIRONMENT, reference_server


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to an empty folder, with the credentials in the environment."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "here"


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with reference_server() as address:
        yield address
