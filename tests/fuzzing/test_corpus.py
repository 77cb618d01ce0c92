"""The corpus between two campaigns."""

from pathlib import Path

import pytest

from conformance.config.setting_types import ConfigurationError
from conformance.fuzzing.corpus import Corpus, open_database
from conformance.fuzzing.inputs.cases import Case, single_create

OPERATIONS = ("VC-CREATE",)


def case(title: str) -> Case:
    return single_create("VC-CREATE", {"display_name": title})


def corpus(folder: Path) -> Corpus:
    return Corpus(open_database(str(folder)), OPERATIONS, seed=1)


def test_the_next_campaign_begins_with_the_failures_and_cases_of_the_last(tmp_path: Path) -> None:
    first = corpus(tmp_path)
    first.add(case("new"))
    first.add_failure(case("failing"))
    second = corpus(tmp_path)
    assert (second.failures(), second.load()) == ([case("failing")], [case("new")])
    second.remove_failure(case("failing"))
    assert corpus(tmp_path).failures() == []


def test_cases_of_other_operations_and_damaged_files_are_left_out(tmp_path: Path) -> None:
    first = corpus(tmp_path)
    first.add(Case("FCR-CREATE", case("a").steps))
    first.add(case("b"))
    for path in tmp_path.rglob("*"):
        if path.is_file():
            path.with_name("damaged").write_bytes(b'{"operation": [')
    assert corpus(tmp_path).load() == [case("b")]


def test_parents_are_chosen_from_the_cases() -> None:
    memory = Corpus(None, OPERATIONS, seed=1)
    assert memory.parents(4) == []
    memory.add(case("a"))
    assert memory.parents(3) == [case("a")] * 3


def test_an_unusable_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=r"--corpus .*cannot be used"):
        open_database(str(tmp_path / "file" / "corpus"))


def test_a_redis_server_without_the_extra_is_an_error_without_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "redis", None)
    with pytest.raises(ConfigurationError, match="needs an extra") as error:
        open_database("redis://:secret@localhost/0")
    assert "secret" not in str(error.value)
