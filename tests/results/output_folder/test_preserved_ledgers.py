"""Ledgers of killed runs, which a later run preserves."""

import json
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.config.settings import Settings
from conformance.config.target import Target
from conformance.evidence.header import header_data
from conformance.results.output_folder import open_output_folder
from reports.records import results_file
from tests.results.output_folder.quick_runs import QUICK, content
from tests.support.command_line import invoke_without_traceback
from tests.support.fake_targets import ACCOUNT, CONFERENCES, reference_server
from tests.support.killed_runs import MAX_WAIT, cleanup, resources, start_command, wait_for

PREFIX = "0badcafe"


def write_killed_run(folder: Path, *lines: dict[str, Any], **changes: Any) -> None:
    """Write the evidence and ledger of a killed run."""
    settings = Settings(Target(httpx.URL("http://127.0.0.1:9"), ACCOUNT), prefix=PREFIX)
    header = {"format": 2, **header_data(settings), "started": "2041-05-06T07:08:09+00:00", **changes}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "evidence.ndjson").write_text(json.dumps({"header": header}) + "\n")
    (folder / "ledger.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))


CREATED = (
    {"intent": 1, "collection": CONFERENCES, "name": f"cc-{PREFIX}-5d3c1f9e7a2b-0_Z"},
    {"created": 1, "id": "one"},
)
DELETED = {"deleted": "one", "collection": CONFERENCES, "status": 204}
WITHOUT_RESPONSE = CREATED[:1]


def test_a_ledger_with_resources_is_preserved_and_reported(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_killed_run(folder / "out", *CREATED)
    before = content(folder / "out")
    with open_output_folder(folder / "out") as notes:
        [note] = notes
    unfinished = folder / "out" / f"unfinished-{PREFIX}"
    assert note.endswith(f"conformance cleanup --run {unfinished} --target http://127.0.0.1:9")
    assert capsys.readouterr().err == f"conformance: {note}\n"
    for name in ("ledger.ndjson", "evidence.ndjson"):
        assert (unfinished / name).read_bytes() == before[str(folder / "out" / name)]
    with open_output_folder(folder / "out") as second_notes:
        assert second_notes == notes


@pytest.mark.parametrize("part", ["worker-1", "round-7"])
def test_the_ledger_of_a_worker_process_is_preserved(folder: Path, part: str) -> None:
    write_killed_run(folder / "out" / part, *WITHOUT_RESPONSE)
    with open_output_folder(folder / "out") as notes:
        assert len(notes) == 1
    assert (folder / "out" / f"unfinished-{PREFIX}" / "ledger.ndjson").is_file()


def test_two_ledgers_with_the_same_prefix_are_preserved(folder: Path) -> None:
    for _ in range(2):
        write_killed_run(folder / "out", *CREATED)
        with open_output_folder(folder / "out"):
            pass
    assert sorted(path.name for path in (folder / "out").glob("unfinished-*")) == [
        f"unfinished-{PREFIX}",
        f"unfinished-{PREFIX}-2",
    ]


@pytest.mark.parametrize("prefix", ["../../../elsewhere", "/elsewhere", "", "a b"])
def test_an_invalid_prefix_is_not_used_as_a_folder_name(folder: Path, prefix: str) -> None:
    write_killed_run(folder / "out", *CREATED, prefix=prefix)
    with open_output_folder(folder / "out"):
        pass
    assert [path.name for path in (folder / "out").glob("unfinished-*")] == ["unfinished-run"]
    assert [path.name for path in folder.iterdir()] == ["out"]


def test_an_unreadable_ledger_is_preserved(folder: Path) -> None:
    write_killed_run(folder / "out", {"nonsense": 1})
    with open_output_folder(folder / "out") as notes:
        assert len(notes) == 1


@pytest.mark.parametrize(
    "lines",
    [(), (*CREATED, DELETED), (*WITHOUT_RESPONSE, {"absent": 1}), (*CREATED, {"cleared": True})],
    ids=["nothing", "deleted", "absent", "cleared"],
)
def test_a_ledger_without_resources_is_not_preserved(folder: Path, lines: tuple[dict[str, Any], ...]) -> None:
    write_killed_run(folder / "out", *lines)
    with open_output_folder(folder / "out") as notes:
        assert notes == []


def test_a_ledger_of_the_built_in_server_is_not_preserved(folder: Path) -> None:
    target: dict[str, Any] = {
        "origin": "",
        "base_paths": {"video": "", "fabric": ""},
        "active_session": None,
        "reference_options": [],
    }
    write_killed_run(folder / "out", *CREATED, target={**target, "reference": True})
    with open_output_folder(folder / "out") as notes:
        assert notes == []


def test_resources_of_a_killed_run_can_be_deleted_after_a_second_run(folder: Path) -> None:
    with reference_server("--latency", "10") as origin:
        before = resources(origin)
        first = start_command(origin, folder / "out", "--effort", "smoke")
        with first:
            wait_for(first, folder / "out/evidence.ndjson", 100)
            first.send_signal(signal.SIGKILL)
            first.communicate()
        second = start_command(origin, folder / "out", *QUICK)
        output, _ = second.communicate(timeout=MAX_WAIT)
        assert second.returncode == 0, output
        [unfinished] = (folder / "out").glob("unfinished-*")
        assert f"conformance cleanup --run {unfinished}" in output
        assert any(
            str(unfinished) in note for note in results_file.read(folder / "out/results.json")["notes"]
        )
        assert invoke_without_traceback("verify", "out").exit_code == 0
        other = cleanup(folder / "out", origin)
        assert (other.returncode, str(unfinished) in other.stderr) == (5, True)
        assert [cleanup(unfinished, origin).returncode for _ in range(2)] == [0, 0]
        assert resources(origin) == before
    with open_output_folder(folder / "out") as notes:
        assert notes == []
    assert not unfinished.exists()
