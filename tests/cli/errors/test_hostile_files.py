"""Commands that read malformed or special files end in time with a documented exit code."""

import copy
import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance.cli.main import main
from conformance.config.baseline import read_baseline
from conformance.config.target import PROFILES
from conformance.evidence import evidence_file, evidence_reader
from conformance.transport.resources import ledger_file
from reports.records import results_file
from tests.support.bundles import copy_bundle, run_reference
from tests.support.run_records import WAIVER, full_record, record, requirement

SELECT = "VC-CREATE-DATE-ONLY,VC-GET-UNKNOWN-ID"
INVALID: dict[str, Any] = {
    "null": None,
    "true": True,
    "a string": "x",
    "an empty string": "",
    "a lone surrogate": "\ud800",
    "a NUL": "\0",
    "a long string": "x" * 100_000,
    "zero": 0,
    "a negative number": -1,
    "a fraction": 1.5,
    "an integer with a decimal point": 1.0,
    "a large number": 10**300,
    "the year 1": "0001-01-01T00:00:00+14:00",
    "the year 9999": "9999-12-31T23:59:59-14:00",
    "an empty array": [],
    "an empty object": {},
    "a long array": [0] * 2_000,
    "a deep array": json.loads("[" * 250 + "]" * 250),
}
REPLACEMENTS = ("nothing", *INVALID)
REPORTED = 4  # all reports are written for one replacement in four of each member


def invoke(*arguments: str | Path) -> Result:
    credentials = {"SIGNALWIRE_PROJECT_ID": "a-project", "SIGNALWIRE_API_TOKEN": "PTof-no-account"}
    return CliRunner().invoke(main, [*map(str, arguments)], env=credentials, catch_exceptions=False)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "out"
    run_reference(folder, ["date-only-becomes-end-of-day"], select=SELECT)
    return folder


def member_paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the paths of all members, and of the first item of each array."""
    children = (
        value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    )
    for name, member in children:
        yield (*path, name)
        yield from member_paths(member, (*path, name))


def changed(document: Any, path: tuple[Any, ...], *value: Any) -> Any:
    """Return the document with another value at a path, or without the member if no value is passed."""
    document_copy = copy.deepcopy(document)
    *parents, last = path
    inner = document_copy
    for step in parents:
        inner = inner[step]
    if value:
        inner[last] = value[0]
    else:
        del inner[last]
    return document_copy


BASELINE_MEMBERS = ("suite", "target", "profiles", "effort", "seed", "select", "shard", "prefix", "started")
RECORD = full_record(waivers=[{**WAIVER, "pattern": "VC-*"}], trace=["ValueError"])
RECORD["requirements"].insert(
    0,
    requirement(
        "failed",
        id="VC-CREATE-DATE-ONLY",
        symptom="returned: x",
        baseline={"verdict": "failed", "change": "known"},
    ),
)
RECORD["footer"]["requirements"] += 1
RECORD["baseline"] = {
    "run": {
        **{name: RECORD[name] for name in BASELINE_MEMBERS},
        "property_based_only": False,
        "read_only": False,
    },
    "differences": ["seed: null and 7"],
    "only_in_baseline": ["VC-GET-STATUS"],
}


@pytest.mark.parametrize("replacement", REPLACEMENTS)
def test_a_record_with_an_invalid_member_is_reported_or_rejected(tmp_path: Path, replacement: str) -> None:
    valid_folder, invalid_folder = tmp_path / "a", tmp_path / "b"
    for folder in (valid_folder, invalid_folder):
        folder.mkdir()
    results_file.write(RECORD, valid_folder / results_file.FILE)
    offset = REPLACEMENTS.index(replacement)
    for number, member_path in enumerate(member_paths(RECORD), start=offset):
        value = () if replacement == "nothing" else (INVALID[replacement],)
        (invalid_folder / results_file.FILE).write_text(json.dumps(changed(RECORD, member_path, *value)))
        result = invoke("compare", valid_folder, invalid_folder)
        assert result.exit_code in {0, 1, 2}, member_path
        waive = invoke("waive", invalid_folder, "--until", "9999-12-31", "--reason", "x")
        assert waive.exit_code in {0, 2}, member_path
        if result.exit_code != 2 and number % REPORTED == 0:
            read_baseline(invalid_folder, PROFILES, "", tmp_path)
            report = invoke("report", invalid_folder, "--output", tmp_path / "c")
            assert report.exit_code in {0, 1, 2, 3, 4, 5, 130}


UNREALISTIC: dict[str, Callable[[], dict[str, Any]]] = {
    "a million requirements": lambda: {"requirements": [0] * 10**6},
    "a timeline of a million intervals": lambda: {
        "timeline": {"seconds": 0.1, "requests": [0] * 10**6, "failed": [0] * 10**6}
    },
    "an id of a MiB": lambda: {"requirements": [requirement(id="X-" + "Y" * 2**20)]},
    "a count below zero": lambda: {"requests": -1},
    "an infinite number": lambda: {"seconds": float("inf")},
}


@pytest.mark.parametrize("record_name", UNREALISTIC)
def test_a_record_that_no_run_writes_is_rejected(tmp_path: Path, record_name: str) -> None:
    (tmp_path / results_file.FILE).write_text(json.dumps(record(**UNREALISTIC[record_name]())))
    for arguments in (("report", tmp_path), ("compare", tmp_path, tmp_path)):
        result = invoke(*arguments)
        assert result.exit_code == 2
        assert len(result.stderr) < 1_000


@pytest.fixture
def killed_run(tmp_path: Path, run: Path) -> Path:
    """Return the output folder of a killed run whose target is unreachable."""
    folder = copy_bundle(run, tmp_path / "killed")
    header = json.loads((run / evidence_file.FILE_NAME).read_text().split("\n")[0])
    header["header"]["target"] |= {"reference": False, "origin": "http://127.0.0.1:9"}
    (folder / evidence_file.FILE_NAME).write_text(json.dumps(header) + "\n")
    return folder


@pytest.mark.parametrize("replacement", REPLACEMENTS)
def test_an_evidence_header_with_an_invalid_member_deletes_nothing(
    killed_run: Path, replacement: str
) -> None:
    (killed_run / ledger_file.FILE_NAME).write_text("")
    header = json.loads((killed_run / evidence_file.FILE_NAME).read_text())
    for member_path in member_paths(header):
        value = () if replacement == "nothing" else (INVALID[replacement],)
        (killed_run / evidence_file.FILE_NAME).write_text(
            json.dumps(changed(header, member_path, *value)) + "\n"
        )
        assert invoke("cleanup", "--run", killed_run).exit_code in {0, 2}, member_path


@pytest.mark.parametrize("replacement", REPLACEMENTS)
def test_a_ledger_line_with_an_invalid_member_is_read_or_rejected(killed_run: Path, replacement: str) -> None:
    path = killed_run / ledger_file.FILE_NAME
    for line in [json.loads(line) for line in path.read_text().splitlines()][:4]:
        for member_path in member_paths(line):
            value = () if replacement == "nothing" else (INVALID[replacement],)
            path.write_text(json.dumps(changed(line, member_path, *value)) + "\n")
            with suppress(ledger_file.LedgerError):
                ledger_file.read_ledger(path)


@pytest.mark.parametrize("replacement", REPLACEMENTS)
def test_an_evidence_line_with_an_invalid_member_is_read_or_rejected(
    killed_run: Path, run: Path, replacement: str
) -> None:
    path = killed_run / evidence_file.FILE_NAME
    header, exchange = (
        json.loads(line) for line in (run / evidence_file.FILE_NAME).read_text().splitlines()[:2]
    )
    for member_path in member_paths(exchange):
        value = () if replacement == "nothing" else (INVALID[replacement],)
        lines = (header, changed(exchange, member_path, *value))
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        with suppress(evidence_reader.EvidenceError):
            evidence_reader.read_evidence(path)


def fifo(path: Path) -> None:
    os.mkfifo(path)


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def loop(path: Path) -> None:
    path.symlink_to(path)


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(20 * 2**30)


@pytest.mark.parametrize("create_file", [fifo, device, loop, sparse, Path.mkdir])
@pytest.mark.parametrize(
    "name, commands",
    [
        (results_file.FILE, (("verify", "killed"), ("report", "killed"), ("compare", "killed", "killed"))),
        (evidence_file.FILE_NAME, (("verify", "killed"), ("cleanup", "--run", "killed"))),
        (evidence_file.COMPRESSED_FILE_NAME, (("verify", "killed"), ("cleanup", "--run", "killed"))),
        (ledger_file.FILE_NAME, (("cleanup", "--run", "killed", "--yes"),)),
    ],
)
def test_a_special_file_in_a_folder_is_reported_with_its_name(
    killed_run: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    commands: tuple[tuple[str, ...], ...],
    create_file: Callable[[Path], None],
) -> None:
    monkeypatch.chdir(killed_run.parent)
    if name == evidence_file.COMPRESSED_FILE_NAME:
        (killed_run / evidence_file.FILE_NAME).unlink()
    (killed_run / name).unlink(missing_ok=True)
    create_file(killed_run / name)
    for arguments in commands:
        result = invoke(*arguments)
        assert result.exit_code == (1 if arguments[0] == "verify" else 2)
        assert name in result.output


@pytest.mark.parametrize("create_file", [fifo, device, loop, sparse, Path.mkdir])
def test_a_special_file_on_the_command_line_is_rejected(
    tmp_path: Path, create_file: Callable[[Path], None]
) -> None:
    path = tmp_path / "x"
    create_file(path)
    target = ("--target", "http://127.0.0.1:9")
    certify = ("certify", *target, "--vendor", "v", "--product", "p", "--product-version", "1")
    command_lines = [
        ("doctor", *target, "--config", path),
        ("doctor", *target, "--api-token-file", path),
        ("doctor", *target, "--client-cert", path),
        ("doctor", *target, "--ca", path),
        (*certify, "--key", path),
        ("verify", path),
        ("compare", path, path),
        ("report", path),
        ("cleanup", "--run", path),
    ]
    for arguments in command_lines:
        result = invoke(*arguments)
        assert result.exit_code in ({1, 2} if arguments[0] == "verify" else {2}), arguments
        assert str(path) in result.output
