"""Two targets differ in the requirements and members in which their servers differ, and in nothing else."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from conformance.config.settings import Effort
from conformance.live_comparison.comparison import compare_targets
from conformance.mutation.in_process_server import FAULTS, InProcessTransport
from tests.finding_replay.test_replay_of_faults import GROUPS
from tests.support.replays import ObservedServer, settings
from tests.support.servers.reordering_front import ReorderingFront

SELECT: Final = "VC-CREATE-DATE-ONLY,VC-CREATE-*-ECHO,VC-GET-*,API-ERR-*,FCR-CREATE-FULL,FCR-CREATE-META*"


def compare(
    folder: Path, a: httpx.BaseTransport, b: httpx.BaseTransport, select: str = SELECT
) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {"effort": Effort.SMOKE, "select": select}
    return compare_targets(
        settings(folder, a, prefix="0badcafe", **options),
        settings(folder, b, prefix="12ab34cd", **options),
        folder,
    )


def named(comparison: dict[str, Any]) -> set[str]:
    """Return the requirements that a comparison names."""
    return {
        identifier
        for entry in comparison["requirements"]
        for identifier in (entry["requirement"], *entry["related"])
    }


def test_a_server_does_not_differ_from_itself_behind_a_front(tmp_path: Path) -> None:
    comparison = compare(tmp_path, InProcessTransport(), ReorderingFront(InProcessTransport()))
    assert comparison["requirements"] == comparison["responses"] == comparison["undecided"] == []
    assert comparison["exit_code"] == 0
    assert comparison["compared"] > 100
    assert [run["exit_code"] for run in comparison["runs"]] == [0, 0]


# Both depend on the order in which the target receives concurrent requests.
_TIMED: Final = frozenset({"name-not-unique-in-a-race", "generated-names-free"})
GROUPS_OF_B: Final[Mapping[str, Sequence[str]]] = {
    name: [fault for fault in faults if fault not in _TIMED] for name, faults in GROUPS.items()
}


def test_the_sample_has_forty_faults() -> None:
    assert sum(map(len, GROUPS_OF_B.values())) >= 40


@pytest.mark.parametrize("group", GROUPS_OF_B)
def test_the_requirement_of_each_fault_is_named(tmp_path: Path, group: str) -> None:
    expected = {FAULTS[fault].breaks[0] for fault in GROUPS_OF_B[group]}
    faulty = InProcessTransport(GROUPS_OF_B[group])
    comparison = compare(tmp_path, InProcessTransport(), faulty, ",".join(sorted(expected)))
    assert expected <= named(comparison)
    assert {entry["violated_by"] for entry in comparison["requirements"]} == {"B"}
    assert comparison["exit_code"] == 1


def test_a_fault_of_a_is_attributed_to_a_and_has_one_headline(tmp_path: Path) -> None:
    faulty = InProcessTransport(["date-only-becomes-end-of-day"])
    comparison = compare(tmp_path, faulty, InProcessTransport(), "VC-CREATE-DATE-ONLY")
    [cause] = comparison["requirements"]
    assert (cause["requirement"], cause["violated_by"]) == ("VC-CREATE-DATE-ONLY", "A")
    assert cause["members"] == ["join_from", "join_until"]
    assert comparison["responses"] == []


def with_another_default(server: InProcessTransport, request: httpx.Request) -> httpx.Response:
    """Return another value of a member whose default the documentation does not state."""
    response = server.handle_request(request)
    body = response.read().replace(b'"tone_on_entry_and_exit":true', b'"tone_on_entry_and_exit":false')
    body = body.replace(b'"meta":', b'"region":"eu","meta":')
    headers = [pair for pair in response.headers.raw if pair[0] != b"content-length"]
    return httpx.Response(response.status_code, headers=headers, content=body)


def test_a_documented_member_with_another_value_is_reported_and_an_undocumented_one_counted(
    tmp_path: Path,
) -> None:
    comparison = compare(
        tmp_path, InProcessTransport(), ObservedServer(with_another_default), "VC-GET-SAME-AS-CREATE"
    )
    assert comparison["requirements"] == []
    [difference] = comparison["responses"]
    assert (difference["subject"], difference["a"], difference["b"]) == (
        "tone_on_entry_and_exit",
        "true",
        "false",
    )
    assert difference["operations"] == ["VC-CREATE", "VC-GET"]
    assert comparison["undocumented"] == 4  # in a create and a get of conferences and of rooms
    assert comparison["exit_code"] == 1


def test_nothing_is_left_behind_at_either_target(tmp_path: Path) -> None:
    live: list[dict[str, bool]] = []

    def tracked(*faults: str) -> httpx.BaseTransport:
        existing: dict[str, bool] = {}
        live.append(existing)

        def respond(server: InProcessTransport, request: httpx.Request) -> httpx.Response:
            response = server.handle_request(request)
            response.read()
            if request.method == "POST" and response.is_success:
                existing[response.json()["id"]] = True
            if request.method == "DELETE" and response.is_success:
                existing.pop(request.url.path.rpartition("/")[2], None)
            return response

        return ObservedServer(respond, faults)

    comparison = compare(
        tmp_path,
        tracked(),
        tracked("display-name-limit-201"),
        "VC-CREATE-DISPLAY-NAME-MAXLENGTH,VC-GET-SAME-AS-CREATE",
    )
    assert comparison["exit_code"] == 1
    assert live == [{}, {}]


def test_the_second_target_is_not_tested_if_the_first_cannot_be(tmp_path: Path) -> None:
    received: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        received.append(request)
        return httpx.Response(404)

    web_page = httpx.MockTransport(lambda _request: httpx.Response(200, text="<html></html>"))
    comparison = compare(tmp_path, web_page, httpx.MockTransport(respond), "VC-GET-STATUS")
    assert comparison["exit_code"] == 2
    assert comparison["notes"][0].startswith("A: ")
    assert received == []
