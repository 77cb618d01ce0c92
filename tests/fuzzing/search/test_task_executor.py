"""Tasks against the reference server: findings are minimal, confirmed, attributed, and one for each fault."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from conformance.config.settings import Effort, Settings
from conformance.config.target import Connection, Limits, Target
from conformance.fuzzing.search import process
from conformance.fuzzing.tasks import ReportedFinding, Task, TaskKind, TaskResult
from conformance.http.credentials import Account
from conformance.mutation.in_process_server import ORIGIN, PROJECT, TOKEN, InProcessTransport
from conformance.runtime.shutdown import INTERRUPTION
from spec.catalogue import catalogue

VARIANTS = (
    *(
        "rejections-400",
        "name-in-use-409",
        "first-error-only",
        "offset-for-z",
        "fractions-lost",
        "past-rejected",
    ),
    *(
        "lengths-in-utf-16",
        "control-characters-removed",
        "colors-in-lowercase",
        "names-never-free-again",
    ),
    *("display-name-not-blank", "strings-converted", "numbers-converted", "null-is-omitted", "room-nulls"),
)


@dataclass
class Search:
    """The messages of a searching process, and its record."""

    findings: list[ReportedFinding] = field(default_factory=list)
    results: list[TaskResult] = field(default_factory=list)
    record: dict[str, Any] = field(default_factory=dict)

    def receive(self, kind: str, content: Any) -> None:
        if kind == process.FINDING:
            self.findings.append(ReportedFinding.of_data(content))
        elif kind == process.RESULT:
            self.results.append(TaskResult.of_data(content))

    @property
    def causes(self) -> list[str]:
        return [finding.record["causes"][0]["cause"] for finding in self.findings]


def search(folder: Path, tasks: Sequence[Task], transport: httpx.BaseTransport) -> Search:
    settings = Settings(
        Target(ORIGIN, Account(PROJECT, TOKEN)),
        Limits(concurrency=4, max_live=20),
        Connection(transport=transport),
        effort=Effort.THOROUGH,
        property_based_only=True,
        prefix="0badcafe",
        output=folder / "out" / "round-1",
    )
    settings.output.parent.mkdir()
    done, remaining = Search(), list(tasks)
    with INTERRUPTION.handle_signals():
        done.record = process.search(settings, done.receive, lambda: remaining.pop(0) if remaining else None)
    return done


def replay(*steps: Mapping[str, Any], operation: str = "VC-CREATE") -> Task:
    return Task(1, TaskKind.REPLAY, 1, 100, 1500, [{"operation": operation, "steps": list(steps)}])


def create(**body: Any) -> dict[str, Any]:
    return {"action": "create", "body": body}


GET = {"action": "get"}


def test_a_combination_of_values_is_found_and_reduced_to_it(tmp_path: Path) -> None:
    body = {
        "display_name": "<b>",
        "name": "x",
        "layout": "5up",
        "enable_room_previews": True,
        "size": "small",
    }
    done = search(tmp_path, [replay(create(**body), GET)], InProcessTransport(["previews-lost-in-5up"]))
    [finding] = done.findings
    [step] = finding.case["steps"]
    assert step["body"] == {"display_name": "a", "layout": "5up", "enable_room_previews": True}
    [requirement] = finding.record["requirements"]
    assert (requirement["id"], requirement["verdict"]) == ("VC-CREATE-ENABLE-ROOM-PREVIEWS-ECHO", "failed")
    assert requirement["id"] in catalogue()
    assert requirement["source"]
    [cause] = done.causes
    assert cause.endswith("(if enable_room_previews is true and layout is '5up')")
    assert requirement["findings"][0]["steps"]
    assert done.record["leftovers"] == []


def test_two_faults_are_two_findings_and_the_cases_that_show_them_again_are_none(tmp_path: Path) -> None:
    faults = ["previews-lost-in-5up", "room-1080p-for-a-hundred"]
    video = {"display_name": "a", "layout": "5up", "enable_room_previews": True}
    room = {"name": "a", "enable_room_previews": False, "max_members": 200, "quality": "1080p"}
    steps = [create(**video, description=str(number)) for number in range(3)]
    cases = [
        *({"operation": "VC-CREATE", "steps": [step]} for step in steps),
        *({"operation": "FCR-CREATE", "steps": [create(**room, layout=name)]} for name in ("2x2", "5x5")),
    ]
    task = Task(1, TaskKind.REPLAY, 1, 100, 3000, cases)
    done = search(tmp_path, [task, task], InProcessTransport(faults))
    assert len(done.findings) == 2, done.causes
    assert len({finding.record["requirements"][0]["id"] for finding in done.findings}) == 2
    assert done.results[1].explained >= 3


def test_a_correct_server_has_no_findings(tmp_path: Path) -> None:
    task = Task(1, TaskKind.SEARCH, 11, 1200, 500)
    done = search(tmp_path, [task], InProcessTransport())
    assert done.causes == []
    assert done.results[0].suspects == []
    assert done.results[0].requests >= 1100
    assert len(done.results[0].features) > 500
    assert (done.record["exit_code"], done.record["leftovers"]) == (0, [])


def test_a_server_with_permitted_differences_has_no_findings(tmp_path: Path) -> None:
    transport = InProcessTransport((), VARIANTS)
    done = search(tmp_path, [Task(1, TaskKind.SEARCH, 12, 1000, 500)], transport)
    assert (done.causes, done.results[0].suspects) == ([], [])


def test_a_violation_of_some_requests_is_reported_as_such(tmp_path: Path) -> None:
    cases = [{"operation": "VC-CREATE", "steps": [create(display_name="a")]}]
    repeat = Task(2, TaskKind.REPEAT, 1, 200, 0, cases)
    done = search(tmp_path, [repeat], InProcessTransport(["every-seventh-request-500"]))
    assert done.causes == ["a create causes a server error (in some of many equal requests)"]
    assert (
        "send the requests again"
        in done.findings[0].record["requirements"][0]["findings"][0]["reproduction"]["note"]
    )


def test_a_task_keeps_to_its_requests(tmp_path: Path) -> None:
    done = search(tmp_path, [Task(1, TaskKind.SEARCH, 3, 90, 0)], InProcessTransport())
    assert 60 <= done.results[0].requests <= 100
