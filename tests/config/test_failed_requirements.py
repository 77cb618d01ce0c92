"""The selection of what failed or was not decided in an earlier run."""

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.config.failed_requirements import failed_selection
from conformance.config.loader import load_settings
from conformance.config.setting_types import ConfigurationError
from tests.support.run_records import finding, record, requirement

pytestmark = pytest.mark.usefixtures("empty_folder")

BOTH = ("video", "fabric")
TARGET = "https://example.test"


def write_record(*entries: dict[str, Any]) -> Path:
    folder = Path("earlier")
    folder.mkdir()
    (folder / "results.json").write_text(json.dumps(record(*entries)))
    return folder


def failed(id_: str, rerun: str) -> dict[str, Any]:
    return requirement("failed", id=id_, findings=[finding(rerun=rerun)])


def select(**options: Any) -> str:
    return load_settings({"target": TARGET, **options}).select


def test_failed_inconclusive_and_erroneous_requirements_are_selected() -> None:
    folder = write_record(
        requirement("passed", id="VC-CREATE-FULL"),
        failed("VC-CREATE-NAME-UNIQUE", "conformance run --select VC-CREATE-NAME-UNIQUE"),
        requirement("warned", id="VC-CREATE-CHARSET", level="should"),
        requirement("inconclusive", id="VC-SESSION-ID", reason="not-observed: x"),
        requirement("error", id="VC-GET-STATUS", reason="suite: KeyError"),
        requirement("not-applicable", id="API-ERR-403-ENVELOPE", reason="not-observed: x"),
    )
    assert failed_selection(folder, BOTH) == ("VC-CREATE-NAME-UNIQUE", "VC-SESSION-ID", "VC-GET-STATUS")


def test_the_check_that_sent_a_request_with_a_finding_runs_for_its_requests() -> None:
    folder = write_record(
        failed("VC-CREATE-NAME-ECHO", "conformance run --select VC-CREATE-NAME-ECHO,VC-CREATE-CONFORMING")
    )
    assert failed_selection(folder, BOTH) == ("VC-CREATE-NAME-ECHO", "with:VC-CREATE-CONFORMING")


@pytest.mark.parametrize("rerun", ["", "'", "conformance run --select 'ZZZ,!VC-*'"])
def test_an_unusable_rerun_command_adds_nothing(rerun: str) -> None:
    folder = write_record(failed("VC-CREATE-NAME-ECHO", rerun))
    assert failed_selection(folder, BOTH) == ("VC-CREATE-NAME-ECHO",)


def test_unknown_requirements_and_other_profiles_are_left_out() -> None:
    folder = write_record(
        failed("VC-CREATE-GONE", "x"), failed("VC-GET-STATUS", "x"), failed("FCR-CREATE-STATUS", "x")
    )
    assert failed_selection(folder, ("fabric",)) == ("FCR-CREATE-STATUS",)


def test_a_folder_without_a_valid_record_is_rejected() -> None:
    Path("results.json").write_text("{}")
    for folder, problem in ((Path("missing"), "cannot be read"), (Path(), "is not the record of a run")):
        with pytest.raises(ConfigurationError, match=f"--failed-from: .*{problem}"):
            failed_selection(folder, BOTH)


def test_the_selection_adds_up_with_others_and_is_reduced_by_exclusions() -> None:
    folder = write_record(failed("VC-GET-STATUS", "x"))
    assert select(failed_from=str(folder)) == "VC-GET-STATUS"
    assert select(failed_from=str(folder), select="FCR-*", exclude="level:may") == (
        "FCR-*,VC-GET-STATUS,!level:may"
    )


def test_a_run_without_failures_selects_nothing() -> None:
    folder = str(write_record(requirement("passed", id="VC-GET-STATUS")))
    with pytest.raises(ConfigurationError, match="no requirement failed or was inconclusive"):
        select(failed_from=folder)
    assert select(failed_from=folder, select="FCR-*") == "FCR-*"


def test_an_option_that_selects_overrides_the_selection_of_the_file() -> None:
    folder = str(write_record(failed("VC-GET-STATUS", "x")))
    Path("conformance.toml").write_text('select = ["FCR-*", "level:must"]\nexclude = "level:may"\n')
    assert select() == "FCR-*,level:must,!level:may"
    assert select(failed_from=folder) == "VC-GET-STATUS,!level:may"
    Path("conformance.toml").write_text(f'failed_from = "{folder}"\n')
    assert select() == "VC-GET-STATUS"
    assert select(select="FCR-*") == "FCR-*"
