"""Corrupted files are read or rejected; benchmarks/invalid_files.py runs more cases."""

from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.texts.file_parsers import Parser, is_accepted, parsers

NAMES = ("config", "evidence", "results", "certificate")


@pytest.fixture(scope="module")
def file_parsers(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Parser]:
    return parsers(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("corrupted")


@pytest.mark.parametrize("name", NAMES)
def test_a_valid_file_is_read(file_parsers: Mapping[str, Parser], folder: Path, name: str) -> None:
    assert is_accepted(file_parsers[name], file_parsers[name].valid_file, folder)


@pytest.mark.parametrize("name", NAMES)
@given(random=st.randoms(use_true_random=False))
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_corrupted_file_is_read_or_rejected(
    file_parsers: Mapping[str, Parser], folder: Path, name: str, random: Random
) -> None:
    parser = file_parsers[name]
    is_accepted(parser, parser.change(parser.valid_file, random), folder)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"NaN",
        b"9" * 9_999,
    ],
)
def test_a_file_with_other_content_is_rejected(
    file_parsers: Mapping[str, Parser], folder: Path, name: str, data: bytes
) -> None:
    is_read = is_accepted(file_parsers[name], data, folder)
    assert not is_read or name in {"config", "certificate"}
