"""Files of a bundle that contradict the evidence, and irregular files, do not verify."""

import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.certificate import attestation
from conformance.certificate.verification import DOES_NOT_VERIFY, verify
from conformance.evidence import evidence_file
from conformance.transport.resources import ledger_file
from reports.records.results_file import FILE
from tests.support.forged_certificates import (
    Lines,
    forge,
    sign,
    sign_files,
    statement_of,
    verify_bundle,
)


def unchanged(lines: Lines) -> Lines:
    return lines


def with_results(**members: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        record = json.loads((folder / FILE).read_text())
        record.update(members)
        (folder / FILE).write_text(json.dumps(record, indent=1) + "\n")

    return change


def remove_requirements(folder: Path) -> None:
    record = json.loads((folder / FILE).read_text())
    record.update({"requirements": [], "causes": [], "counts": {}})
    record["footer"]["requirements"] = 0
    (folder / FILE).write_text(json.dumps(record, indent=1) + "\n")


def with_text(name: str, text: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).write_text(text)

    return change


def remove_ledger(folder: Path) -> None:
    (folder / ledger_file.FILE_NAME).unlink()


def add_ledger_entry(folder: Path) -> None:
    with (folder / ledger_file.FILE_NAME).open("a") as file:
        file.write('{"intent": 999, "collection": "/api/video/conferences", "name": "cc-x"}\n')


def change_allure_result(folder: Path) -> None:
    path = next((folder / "allure-results").glob("*-result.json"))
    path.write_text(path.read_text().replace('"passed"', '"failed"', 1))


def remove_allure_result(folder: Path) -> None:
    next((folder / "allure-results").glob("*-result.json")).unlink()


CONTRADICTIONS: dict[str, tuple[Callable[[Path], None], str]] = {
    "interrupted": (with_results(verdict="interrupted", exit_code=130), "interrupted"),
    "another target": (with_results(target={"origin": "http://other.test", "reference": False}), "target"),
    "another start": (with_results(started="2021-01-01T00:00:00+00:00"), "started"),
    "another duration": (with_results(seconds=99.5), "seconds"),
    "other options": (with_results(options=None), FILE),
    "no requirements": (remove_requirements, "no requirement was decided"),
    "not a record": (with_text(FILE, "[]"), FILE),
    "null": (with_text(FILE, "null"), FILE),
    "no ledger": (remove_ledger, "ledger.ndjson is missing"),
    "an empty ledger": (with_text(ledger_file.FILE_NAME, ""), "created"),
    "an extra resource": (add_ledger_entry, "left behind"),
    "an Allure result": (change_allure_result, "differs from the record"),
    "no Allure result": (remove_allure_result, "missing"),
    "a report": (with_text("report.html", "<p>conforms</p>"), "report.html"),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
@pytest.mark.parametrize("signed", [True, False])
def test_files_that_contradict_the_evidence_do_not_verify(
    partial_bundle: Path, keys: Path, name: str, *, signed: bool
) -> None:
    change, problem = CONTRADICTIONS[name]
    if signed:
        sign(partial_bundle, keys)
        statement = statement_of(partial_bundle)
        change(partial_bundle)
        sign_files(partial_bundle, keys, statement)
    else:
        change(partial_bundle)
    result = verify_bundle(partial_bundle, keys) if signed else verify(partial_bundle, None)
    assert result.status == DOES_NOT_VERIFY
    assert any(problem in message for message in result.problems), result.problems


def test_a_certificate_of_an_interrupted_run_does_not_verify(partial_bundle: Path, keys: Path) -> None:
    path = partial_bundle / evidence_file.FILE_NAME
    *lines, footer = path.read_text().splitlines()
    end = json.loads(footer)
    end["footer"]["complete"] = False
    path.write_text("\n".join([*lines, json.dumps(end)]) + "\n")
    forge(partial_bundle, keys, unchanged)
    result = verify_bundle(partial_bundle, keys)
    assert result.status == DOES_NOT_VERIFY
    assert "did not complete" in result.problems[0]


def add_second_evidence(folder: Path) -> None:
    shutil.copy(folder / evidence_file.FILE_NAME, folder / evidence_file.COMPRESSED_FILE_NAME)


def replace_with_link(folder: Path) -> None:
    target = folder.parent / "elsewhere"
    (folder / "junit.xml").rename(target)
    (folder / "junit.xml").symlink_to(target)


def replace_with_pipe(folder: Path) -> None:
    (folder / FILE).unlink()
    os.mkfifo(folder / FILE)


def add_socket(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(folder / "s"))


def replace_with_linked_folder(folder: Path) -> None:
    (folder / "allure-results").rename(folder.parent / "allure")
    (folder / "allure-results").symlink_to(folder.parent / "allure")


def replace_with_folder(folder: Path) -> None:
    (folder / "summary.md").unlink()
    (folder / "summary.md").mkdir()


ENTRIES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a second evidence file": (add_second_evidence, "evidence.ndjson and evidence.ndjson.gz"),
    "a link": (replace_with_link, "junit.xml is a symbolic link"),
    "a linked folder": (replace_with_linked_folder, "allure-results is a symbolic link"),
    "a pipe": (replace_with_pipe, "results.json is a pipe"),
    "a folder": (replace_with_folder, "summary.md is a folder"),
    "a socket": (add_socket, "s is a socket"),
}


@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.parametrize("signed", [True, False])
def test_irregular_directory_entries_are_rejected(
    partial_bundle: Path, keys: Path, monkeypatch: pytest.MonkeyPatch, name: str, *, signed: bool
) -> None:
    monkeypatch.chdir(partial_bundle.parent)
    change, problem = ENTRIES[name]
    if signed:
        sign(partial_bundle, keys)
    change(partial_bundle)
    result = verify_bundle(partial_bundle, keys) if signed else verify(partial_bundle, None)
    assert result.status == DOES_NOT_VERIFY
    assert any(problem in message for message in result.problems), result.problems


def test_unexpected_files_are_rejected_even_if_signed(partial_bundle: Path, keys: Path) -> None:
    (partial_bundle / "conforms.txt").write_text("conforms")
    (partial_bundle / "more").mkdir()
    sign(partial_bundle, keys)
    result = verify_bundle(partial_bundle, keys)
    assert result.problems == ("conforms.txt is an unexpected file", "more/ is an unexpected file")
    (partial_bundle / attestation.FILE).unlink()
    assert any("conforms.txt, more/" in note for note in verify(partial_bundle, None).notes)


@pytest.mark.parametrize("name", [FILE, evidence_file.FILE_NAME])
def test_a_duplicate_member_is_rejected(partial_bundle: Path, keys: Path, name: str) -> None:
    path = partial_bundle / name
    path.write_text(path.read_text().replace('"effort":', '"effort": "thorough", "effort":', 1))
    sign(partial_bundle, keys)
    result = verify_bundle(partial_bundle, keys)
    assert result.status == DOES_NOT_VERIFY
    assert any("the member 'effort' occurs twice" in message for message in result.problems), result.problems
