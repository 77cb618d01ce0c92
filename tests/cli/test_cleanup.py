"""The `conformance cleanup` command: it deletes the resources of the killed run only."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.config.settings import Settings
from conformance.config.target import BASE_PATHS
from conformance.config.target import Target as RunTarget
from conformance.evidence.header import header_data
from tests.support.cleanup_runs import NAME, PREFIX, Run, Target, created, intent, reply, resources
from tests.support.fake_targets import (
    ACCOUNT,
    CONFERENCES,
    ReceivedRequest,
    Reply,
    reference_server,
    serve_replies,
)
from tests.support.killed_runs import create, kill_and_clean_up, similar_names

KILLS = 4


@pytest.fixture(scope="module")
def origin_with_other_resources() -> Iterator[str]:
    with reference_server("--latency", "10") as origin:
        create(origin, similar_names(200))
        yield origin


@pytest.mark.parametrize("kill", range(KILLS))
def test_cleanup_after_a_kill_deletes_exactly_the_resources_of_the_run(
    origin_with_other_resources: str, tmp_path: Path, kill: int
) -> None:
    requests = random.Random(kill).randint(1, 1000)
    done = kill_and_clean_up(origin_with_other_resources, tmp_path / "run", requests, "--effort", "smoke")
    assert (done.left, done.deleted_foreign, done.code) == (0, 0, 0), done.output


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(tmp_path, monkeypatch, capsys)


def test_leftovers_are_deleted_and_listed(run: Run) -> None:
    target = Target(resources(("one", NAME), ("other", "of another user")))
    with serve_replies(target) as origin:
        run.write(origin, *created(1, "one"), *created(2, "two"))
        code, output = run.clean_up()
    assert code == 0
    assert list(target.stored) == [f"{CONFERENCES}/other"]
    assert f"deleted  {CONFERENCES}/one" in output
    assert f"gone already  {CONFERENCES}/two" in output
    assert output.endswith("1 deleted, 1 gone already, 0 left\n")


def test_a_second_cleanup_finds_nothing(run: Run) -> None:
    target = Target(resources(("one", NAME)))
    with serve_replies(target) as origin:
        run.write(origin, *created(1, "one"))
        assert run.clean_up()[0] == 0
        code, output = run.clean_up()
    assert (code, len(target.deleted_paths)) == (0, 1)
    assert output == "0 deleted, 0 gone already, 0 left\n"


@pytest.mark.parametrize("name", ["Sales", "cc-0badcaf1-5d3c1f9e7a2b-0_Z", "cc-0badcafe", "xcc-0badcafx-1"])
def test_a_resource_without_the_name_prefix_of_the_run_is_not_deleted(run: Run, name: str) -> None:
    target = Target(resources(("one", name)))
    with serve_replies(target) as origin:
        run.write(origin, *created(1, "one", name))
        code, output = run.clean_up()
    assert (code, target.deleted_paths) == (5, [])
    assert "not a unique name of this run" in output or "a get returns another name" in output


def test_a_response_with_another_id_deletes_nothing(run: Run) -> None:
    target = Target({f"{CONFERENCES}/one": {"id": "two", "display_name": NAME}})
    with serve_replies(target) as origin:
        run.write(origin, *created(1, "one"))
        assert run.clean_up()[0] == 5
    assert target.deleted_paths == []


def test_a_create_without_a_response_is_found_by_name_on_any_page_of_the_list(run: Run) -> None:
    similar_resources = (
        ("a", f"{NAME}-copy"),
        ("b", NAME[:-1]),
        ("c", f"cc-{PREFIX}-ffffffffffff-0_Z"),
        ("d", "Sales"),
    )
    target = Target(resources(*similar_resources, ("mine", NAME)))
    with serve_replies(target) as origin:
        run.write(origin, intent(1), cut='{"created": 1, "i')
        code, output = run.clean_up()
    assert (code, target.deleted_paths) == (0, [f"{CONFERENCES}/mine"]), output


def test_a_create_without_a_response_is_left_if_the_target_has_no_list(run: Run) -> None:
    with serve_replies(Target(resources(), lists=False)) as origin:
        run.write(origin, intent(1))
        code, output = run.clean_up()
    assert code == 5
    assert "it may exist" in output


@pytest.mark.parametrize("outcome", [{"rejected": 1, "status": 422}, {"unsent": 1}, {"absent": 1}])
def test_rejected_and_unsent_creates_are_ignored(run: Run, outcome: dict[str, Any]) -> None:
    with serve_replies(Target({}, lists=False)) as origin:
        run.write(origin, intent(1), outcome)
        assert run.clean_up()[0] == 0


@pytest.mark.parametrize("lists, code, deletes", [(True, 0, 1), (False, 5, 0)])
def test_a_resource_is_identified_by_the_list_if_get_is_not_supported(
    run: Run, lists: object, code: int, deletes: int
) -> None:
    target = Target(resources(("one", NAME)), readable=405, lists=bool(lists))
    with serve_replies(target) as origin:
        run.write(origin, *created(1, "one"))
        assert run.clean_up()[0] == code
    assert len(target.deleted_paths) == deletes


@pytest.mark.parametrize("id_", ["a/b", "a?b#c", "ü %2e", "a b\\c"])
def test_special_characters_in_ids_are_percent_encoded(run: Run, id_: str) -> None:
    target = Target(resources((id_, NAME)))
    with serve_replies(target) as origin:
        run.write(origin, *created(1, id_))
        assert run.clean_up()[0] == 0
    assert target.stored == {}


@pytest.mark.parametrize("id_", ["", ".", "..", "../conferences", "a/../b", "/", None, 7])
def test_an_id_that_changes_the_path_is_never_sent(run: Run, id_: Any) -> None:
    target = Target({})
    with serve_replies(target) as origin:
        run.write(origin, *created(1, id_))
        assert run.clean_up()[0] == 0
    assert target.deleted_paths == []


def test_cleanup_stops_after_repeated_failures(run: Run) -> None:
    ids = [f"id-{number}" for number in range(60)]
    target = Target(resources(*((id_, NAME) for id_ in ids)), status=500)
    with serve_replies(target) as origin:
        run.write(origin, *(line for number, id_ in enumerate(ids) for line in created(number, id_)))
        code, output = run.clean_up()
    assert code == 5
    assert len(target.deleted_paths) == 16
    assert output.count("not tried") == 44
    assert all(f"{CONFERENCES}/{id_} " in output for id_ in ids)


def test_the_recorded_target_is_used_only_if_the_user_specifies_it(run: Run) -> None:
    target = Target(resources(("one", NAME)))
    with serve_replies(target) as origin:
        run.write(origin, *created(1, "one"))
        code, output = run.clean_up({})
        assert (code, target.deleted_paths) == (2, [])
        assert f"add --target {origin} to confirm that the credentials may be sent there" in output
        code, output = run.clean_up({"target": "http://127.0.0.1:9"})
        assert (code, target.deleted_paths) == (2, [])
        assert "not http://127.0.0.1:9" in output
        assert run.clean_up({"target": f"{origin}/"})[0] == 0
    assert target.stored == {}


def test_recorded_base_paths_are_used_only_if_the_configuration_has_them(run: Run) -> None:
    base_paths = {"video": "/other", "fabric": "/api/fabric"}
    with serve_replies(Target(resources(("one", NAME)))) as origin:
        target = header_data(Settings(RunTarget(httpx.URL(origin), ACCOUNT), prefix=PREFIX))["target"]
        run.write(origin, *created(1, "one"), target={**target, "base_paths": base_paths})
        code, output = run.clean_up({"target": origin})
    assert code == 2
    assert "set base_paths in the configuration file" in output


@pytest.mark.parametrize("prefix", ["sales", "", "0badcafe-", "0BADCAFE", "00000000|.*", None, 7])
def test_an_invalid_prefix_deletes_nothing(run: Run, prefix: Any) -> None:
    target = Target(resources(("one", "cc-sales-weekly"), ("two", NAME)))
    with serve_replies(target) as origin:
        run.write(origin, *created(1, "one", "cc-sales-weekly"), *created(2, "two"), prefix=prefix)
        code, output = run.clean_up()
    assert (code, target.deleted_paths) == (2, [])
    assert "eight hexadecimal digits" in output or "prefix" in output


@pytest.mark.parametrize("other_name", [f"cc-{PREFIX}-ffffffffffff-0_Z", NAME[:-1], "Sales", f"cc-{PREFIX}-"])
def test_a_resource_with_the_name_of_another_create_is_not_deleted(run: Run, other_name: str) -> None:
    target = Target(resources(("one", other_name)))
    with serve_replies(target) as origin:
        run.write(origin, *created(1, "one"))
        code, output = run.clean_up()
    assert (code, target.deleted_paths) == (5, [])
    assert "a get returns another name" in output


@pytest.mark.parametrize("line", [{"unconfirmed": 1, "id": "one"}, {"unconfirmed": 1, "id": "stranger"}])
def test_an_unconfirmed_id_is_deleted_only_if_a_get_confirms_it(run: Run, line: dict[str, Any]) -> None:
    target = Target(resources(("one", NAME), ("stranger", "Sales")))
    with serve_replies(target) as origin:
        run.write(origin, intent(1), line)
        run.clean_up()
    assert list(target.stored) == [f"{CONFERENCES}/stranger"]


def test_a_disowned_create_is_found_by_its_name(run: Run) -> None:
    target = Target(resources(("one", NAME), ("stranger", "Sales")))
    with serve_replies(target) as origin:
        run.write(origin, *created(1, "stranger"), {"disowned": 1, "id": "stranger"})
        assert run.clean_up()[0] == 0
    assert list(target.stored) == [f"{CONFERENCES}/stranger"]


def test_rejected_credentials_are_a_usage_error(run: Run) -> None:
    with serve_replies(lambda _: reply(401, {"error": "Unauthorized"})) as origin:
        run.write(origin, *created(1, "one"))
        code, output = run.clean_up()
    assert code == 2
    assert "credentials rejected with status 401" in output


def test_an_unreachable_target_is_a_usage_error(run: Run) -> None:
    run.write("http://127.0.0.1:9", *created(1, "one"))
    code, output = run.clean_up()
    assert code == 2
    assert "does not respond" in output


def test_a_run_against_the_built_in_server_leaves_nothing(run: Run) -> None:
    target: dict[str, Any] = {
        "origin": "",
        "base_paths": BASE_PATHS,
        "active_session": None,
        "reference": True,
        "reference_options": [],
    }
    run.write("", *created(1, "one"), target=target)
    assert run.clean_up() == (
        0,
        "nothing to clean up: the run used the built-in reference server, which has exited\n",
    )


@pytest.mark.parametrize("header", [{"target": 1}, {"target": {}}, {"prefix": ""}, {"format": 7}])
def test_an_invalid_evidence_header_is_a_usage_error(run: Run, header: dict[str, Any]) -> None:
    run.write("http://127.0.0.1:9", **header)
    code, output = run.clean_up()
    assert code == 2
    assert output.startswith("conformance: ")


@pytest.mark.parametrize(
    "line", ["[]", "7", "{}", '{"intent": "x"}', '{"created": 5, "id": "x"}', "nonsense"]
)
def test_an_invalid_ledger_line_is_reported_with_its_number(run: Run, line: str) -> None:
    run.write("http://127.0.0.1:9", intent(1), cut=f"{line}\n")
    code, output = run.clean_up()
    assert code == 2
    assert "ledger.ndjson, line 2: not a valid ledger record" in output


def test_a_folder_without_evidence_is_a_usage_error(run: Run) -> None:
    code, output = run.clean_up()
    assert code == 2
    assert "holds no evidence" in output


def test_a_folder_without_a_ledger_is_a_usage_error(run: Run) -> None:
    run.write("http://127.0.0.1:9")
    (run.folder / "ledger.ndjson").unlink()
    code, output = run.clean_up()
    assert code == 2
    assert "ledger.ndjson cannot be read" in output


def test_a_resource_with_an_id_that_does_not_work_is_found_by_its_name(run: Run) -> None:
    target = Target(resources(("real", NAME), ("foreign", "production-1")))
    with serve_replies(target) as origin:
        run.write(origin, *created(1, "made"))
        code, output = run.clean_up()
    assert (code, list(target.stored)) == (0, [f"{CONFERENCES}/foreign"])
    assert f"deleted  {CONFERENCES}/real" in output


def test_a_resource_with_an_id_that_does_not_work_is_left_if_the_target_has_no_list(run: Run) -> None:
    target = Target(resources(("real", NAME)), lists=False)
    with serve_replies(target) as origin:
        run.write(origin, *created(1, "made"))
        code, output = run.clean_up()
    assert (code, target.deleted_paths) == (5, [])
    assert "it may exist under another id" in output


@dataclass
class KeepsDeleted(Target):
    """A target that confirms deletes, but performs none."""

    def __call__(self, received: ReceivedRequest) -> Reply:
        return reply(204, {}) if received.method == "DELETE" else super().__call__(received)


def test_a_resource_that_remains_after_its_delete_is_left(run: Run) -> None:
    with serve_replies(KeepsDeleted(resources(("made", NAME)))) as origin:
        run.write(origin, *created(1, "made"))
        code, output = run.clean_up()
    assert code == 5
    assert "a get still returns it after its delete with status 204" in output
