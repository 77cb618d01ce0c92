"""The `conformance waive` command: waivers from the results of a run."""

import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance.cli.main import main
from conformance.config.waivers import parse_waivers
from reports.files.input_files import parse_toml
from reports.records import results_file
from tests.support.run_records import HOSTILE
from tests.support.shard_records import entry, finding, record

DATE_ONLY, NAME_TYPE, FULL, GET = (
    *("VC-CREATE-DATE-ONLY", "VC-CREATE-NAME-TYPE"),
    *("VC-CREATE-FULL", "VC-GET-STATUS"),
)
SHOULD = "FCR-RES-DISPLAY-NAMES-AGREE"
OPTIONS = ("--until", "9999-12-31", "--reason", "fixed in 2.1")


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["waive", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def failed(identifier: str, problem: str = "a problem") -> dict[str, Any]:
    return entry(identifier, "failed", findings=[{**finding(), "problem": problem}])


def save(*entries: dict[str, Any], **members: Any) -> Path:
    """Save the record of a run with one root cause for the first two requirements."""
    causes = [{"cause": "first", "primary": entries[0]["id"], "related": [one["id"] for one in entries[1:2]]}]
    path = Path("run")
    path.mkdir(exist_ok=True)
    content = record(*entries, **{"causes": causes, "exit_code": 1, "verdict": "does-not-conform", **members})
    results_file.write(content, path / results_file.FILE)
    return path


@pytest.fixture
def run() -> Path:
    """Return the folder of a run with two root causes."""
    return save(
        *(failed(DATE_ONLY, "join_from: wrong"), failed(NAME_TYPE), failed(GET, "status 203"), entry(FULL)),
        entry(SHOULD, "warned"),
    )


def waivers(text: str) -> dict[str, str]:
    """Return the reason by requirement of the waivers in a configuration file."""
    return {one.requirement: one.reason for one in parse_waivers(parse_toml(text).get("waivers", []))}


def test_waivers_are_printed_for_each_root_cause(run: Path) -> None:
    result = invoke(run, *OPTIONS)
    assert result.exit_code == 0
    assert (
        result.output
        == f"""# join_from: wrong
[[waivers]]
requirement = [
  "{DATE_ONLY}",
  "{NAME_TYPE}",
]
reason = "fixed in 2.1"
expires = 9999-12-31

# status 203
[[waivers]]
requirement = "{GET}"
reason = "fixed in 2.1"
expires = 9999-12-31
"""
    )
    assert list(waivers(result.output)) == [DATE_ONLY, NAME_TYPE, GET]


def test_a_results_file_is_read_as_well(run: Path) -> None:
    assert invoke(run / "results.json", *OPTIONS).output == invoke(run, *OPTIONS).output


def test_the_selection_restricts_the_requirements(run: Path) -> None:
    assert list(waivers(invoke(run, *OPTIONS, "--select", "VC-CREATE-*").output)) == [DATE_ONLY, NAME_TYPE]
    assert list(waivers(invoke(run, *OPTIONS, "--exclude", NAME_TYPE).output)) == [DATE_ONLY, GET]


def test_warnings_are_waived_only_if_they_fail_the_run() -> None:
    path = save(failed(DATE_ONLY), entry(SHOULD, "warned"), strict=True, causes=[])
    assert list(waivers(invoke(path, *OPTIONS).output)) == [DATE_ONLY, SHOULD]


def test_undecided_requirements_are_waived_on_request() -> None:
    undecided = entry(GET, "inconclusive", reason="not-observed: x")
    path = save(failed(DATE_ONLY), failed(FULL), undecided)
    assert list(waivers(invoke(path, *OPTIONS).output)) == [DATE_ONLY, FULL]
    assert list(waivers(invoke(path, *OPTIONS, "--inconclusive").output)) == [DATE_ONLY, FULL, GET]


def test_known_failures_of_a_baseline_are_left_out() -> None:
    known = {**failed(GET), "baseline": {"verdict": "failed", "change": "known"}}
    assert list(waivers(invoke(save(failed(DATE_ONLY), failed(FULL), known), *OPTIONS).output)) == [
        DATE_ONLY,
        FULL,
    ]


def test_a_conforming_run_needs_no_waiver() -> None:
    result = invoke(save(entry(FULL), exit_code=0, verdict="conforms", causes=[]), *OPTIONS)
    assert (result.exit_code, result.output) == (0, "conformance: run: nothing to waive\n")


def test_output_creates_a_file_and_adds_only_what_is_missing(run: Path) -> None:
    output = Path("conformance.toml")
    assert invoke(run, *OPTIONS, "--select", GET, "--output", output).exit_code == 0
    assert list(waivers(output.read_text())) == [GET]
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    before = output.read_text()
    result = invoke(run, *OPTIONS, "--output", output)
    assert f"already has a waiver of {GET}; it was not changed" in result.output
    assert output.read_text().startswith(before)
    assert sorted(waivers(output.read_text())) == sorted([GET, DATE_ONLY, NAME_TYPE])
    complete = output.read_text()
    assert invoke(run, *OPTIONS, "--output", output).exit_code == 0
    assert output.read_text() == complete


def test_a_file_keeps_its_content_and_permissions(run: Path) -> None:
    output = Path("conformance.toml")
    waiver = '[[waivers]]\nrequirement = "VC-CREATE-*"\nreason = "x"\nexpires = 2099-01-01'
    text = f'# mine\neffort = "smoke"\n{waiver}'
    output.write_text(text)
    output.chmod(0o644)
    invoke(run, *OPTIONS, "--output", output)
    assert output.read_text().startswith(f"{text}\n\n# status 203\n[[waivers]]\n")
    assert waivers(output.read_text())[DATE_ONLY] == "x"
    assert parse_toml(output.read_text())["effort"] == "smoke"
    assert stat.S_IMODE(output.stat().st_mode) == 0o644


def test_a_linked_file_is_changed_in_its_place(run: Path) -> None:
    Path("real.toml").write_text("")
    Path("link.toml").symlink_to("real.toml")
    invoke(run, *OPTIONS, "--output", "link.toml")
    assert Path("link.toml").is_symlink()
    assert GET in Path("real.toml").read_text()


def test_pyproject_gets_waivers_of_its_tool_table(run: Path) -> None:
    output = Path("pyproject.toml")
    output.write_text('[tool.conformance]\neffort = "smoke"\n')
    assert invoke(run, *OPTIONS, "--output", output).exit_code == 0
    table = parse_toml(output.read_text())["tool"]["conformance"]
    assert (table["effort"], len(parse_waivers(table["waivers"]))) == ("smoke", 3)


@pytest.mark.parametrize(
    "content, message",
    [
        ("waivers = []", "waivers cannot be added at its end; write each one as [[waivers]]"),
        ("waivers = 7", "waivers is not a list"),
        ("a = ", "is not valid TOML"),
        ("[[waivers]]", "'requirement' is missing"),
    ],
)
def test_a_file_that_cannot_be_extended_is_unchanged(run: Path, content: str, message: str) -> None:
    Path("conformance.toml").write_text(content)
    result = invoke(run, *OPTIONS, "--output", "conformance.toml")
    assert (result.exit_code, Path("conformance.toml").read_text()) == (2, content)
    assert message in result.output
    assert [path.name for path in Path().iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    "options, message",
    [
        (("--until", "2020-01-01", "--reason", "x"), "--until 2020-01-01 is in the past"),
        (
            ("--until", "31.12.2099", "--reason", "x"),
            "--until '31.12.2099' is not a date; expected YYYY-MM-DD",
        ),
        (("--until", "2099-02-30", "--reason", "x"), "--until '2099-02-30' is not a date"),
        (("--until", "2099-12-31", "--reason", " "), "--reason is empty"),
        ((*OPTIONS, "--select", "VC-CRAETE-*"), "no requirement matches 'VC-CRAETE-*'"),
        ((*OPTIONS, "--output", "missing/x.toml"), "missing/x.toml cannot be written: No such file"),
    ],
)
def test_an_invalid_option_is_an_error(run: Path, options: tuple[str, ...], message: str) -> None:
    result = invoke(run, *options)
    assert result.exit_code == 2
    assert message in result.output


def test_an_incomplete_or_missing_run_is_an_error() -> None:
    assert "cannot be read" in invoke("nothing", *OPTIONS).output
    footer = {"complete": False, "requirements": 2, "exchanges": 1, "evidence": None}
    path = save(failed(DATE_ONLY), failed(FULL), verdict="interrupted", exit_code=130, footer=footer)
    result = invoke(path, *OPTIONS)
    assert (result.exit_code, "did not complete (interrupted)" in result.output) == (2, True)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_in_results_stays_in_a_comment(name: str) -> None:
    result = invoke(
        save(failed(DATE_ONLY, HOSTILE[name]), failed(FULL), failed(GET, HOSTILE[name])), *OPTIONS
    )
    assert result.exit_code == 0
    assert set(waivers(result.output)) == {DATE_ONLY, FULL, GET}
    assert all(character.isprintable() or character == "\n" for character in result.output)
    assert max(map(len, result.output.splitlines())) < 4_000


@pytest.mark.parametrize("reason", ['a "quoted" \\ text', "#42", "\u20ac", "two\nlines"])
def test_a_reason_is_a_valid_string(run: Path, reason: str) -> None:
    output = invoke(run, "--until", "9999-12-31", "--reason", reason).output
    assert set(waivers(output).values()) == {reason.replace("\n", "\\n")}


def test_a_requirement_that_this_version_does_not_know_is_left_out() -> None:
    path = save({**failed(DATE_ONLY), "id": "VC-CREATE-OLD-RULE"}, failed(FULL))
    assert list(waivers(invoke(path, *OPTIONS).output)) == [FULL]
