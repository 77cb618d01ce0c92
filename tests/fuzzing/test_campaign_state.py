"""Tasks of a campaign: earlier failures first, then violations to see again, and cases to vary."""

from pathlib import Path
from typing import Any

from conformance.fuzzing.campaign_state import CampaignState
from conformance.fuzzing.corpus import Corpus, open_database
from conformance.fuzzing.inputs.cases import Case, single_create
from conformance.fuzzing.tasks import ReportedFinding, TaskKind, TaskResult

OPERATIONS = ("VC-CREATE",)
TRIGGER: dict[str, Any] = {"operation": "VC-CREATE", "requirements": ["VC-CREATE-STATUS"]}


def case(title: str) -> Case:
    return single_create("VC-CREATE", {"display_name": title})


def state(folder: Path) -> CampaignState:
    return CampaignState(Corpus(open_database(str(folder)), OPERATIONS, seed=1), OPERATIONS, seed=1)


def test_a_campaign_sends_the_failures_of_the_last_one_first(tmp_path: Path) -> None:
    first = state(tmp_path)
    first.add_result(TaskResult(1, features=[1], cases=[case("new").data()]))
    first.add_finding(ReportedFinding({}, case("failing").data(), TRIGGER, 1))
    tasks = [
        task for second in [state(tmp_path)] for task in (second.next_task(100, 50), second.next_task(90, 0))
    ]
    assert [task.kind for task in tasks] == [TaskKind.REPLAY, TaskKind.SEARCH]
    assert list(tasks[0].cases) == [case("failing").data(), case("new").data()]
    assert (tasks[0].max_requests, tasks[0].max_extra) == (100, 50)


def test_a_failure_that_passes_is_varied_instead(tmp_path: Path) -> None:
    state(tmp_path).add_finding(ReportedFinding({}, case("failing").data(), TRIGGER, 1))
    state(tmp_path).add_result(TaskResult(1, passed=[case("failing").data()]))
    corpus = Corpus(open_database(str(tmp_path)), OPERATIONS, seed=1)
    assert (corpus.failures(), corpus.load()) == ([], [case("failing")])


def test_cases_without_new_features_are_not_varied(tmp_path: Path) -> None:
    campaign = state(tmp_path)
    for _ in range(2):
        campaign.add_result(TaskResult(1, features=[7], cases=[case("a").data()]))
    assert (campaign.features, len(campaign.corpus)) == (1, 1)


def test_a_violation_that_is_seen_twice_in_different_cases_is_looked_for(tmp_path: Path) -> None:
    campaign = state(tmp_path)
    for title in ("a", "b"):
        suspect = {"requirement": "API-ERR-NO-5XX", "case": case(title).data()}
        campaign.add_result(TaskResult(1, suspects=[suspect]))
    task = campaign.next_task(100, 50)
    assert (task.kind, task.max_requests, len(task.cases)) == (TaskKind.REPEAT, 150, 2)


def test_the_triggers_of_findings_are_known_to_later_tasks(tmp_path: Path) -> None:
    campaign = state(tmp_path)
    campaign.add_finding(ReportedFinding({}, case("a").data(), TRIGGER, 1))
    assert list(campaign.next_task(10, 0).known) == [TRIGGER]


def test_the_task_of_a_process_that_has_ended_is_executed_by_another(tmp_path: Path) -> None:
    state(tmp_path).add_finding(ReportedFinding({}, case("a").data(), TRIGGER, 1))
    campaign = state(tmp_path)
    task = campaign.next_task(10, 0)
    campaign.return_task(task)
    assert campaign.next_task(10, 0).cases == task.cases


def test_value_classes_of_all_tasks_are_counted(tmp_path: Path) -> None:
    campaign = state(tmp_path)
    for kinds in (["text", "'a'"], ["text", "digits only"]):
        campaign.add_result(TaskResult(1, value_classes={"VC-CREATE name": kinds}))
    assert campaign.value_classes == {"VC-CREATE name": 3}
