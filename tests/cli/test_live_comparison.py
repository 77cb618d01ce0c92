"""compare with two URLs: credentials of each target, output, exit codes and usage errors."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner, Result

from conformance.cli.main import main
from conformance.http.credentials import SECOND_PROJECT_VARIABLE, SECOND_TOKEN_VARIABLE
from tests.support.fake_targets import ACCOUNT, ENVIRONMENT, reference_server

SELECT: Final = ("--effort", "smoke", "--select", "VC-CREATE-DATE-ONLY,VC-GET-STATUS")
SECOND: Final = {SECOND_PROJECT_VARIABLE: ACCOUNT.project, SECOND_TOKEN_VARIABLE: ACCOUNT.token}


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[str, str]]:
    with reference_server() as correct, reference_server("--fault", "date-only-becomes-end-of-day") as faulty:
        yield correct, faulty


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def invoke(*arguments: str, **variables: str) -> Result:
    return CliRunner().invoke(
        main, ["compare", *arguments], env={"COLUMNS": "200", **variables}, catch_exceptions=False
    )


def test_a_difference_is_printed_and_written_with_the_credentials_of_each_target(
    servers: tuple[str, str], tmp_path: Path
) -> None:
    result = invoke(*servers, *SELECT, "--output", "difference.md", **SECOND)
    assert result.exit_code == 1, result.output
    assert "differs  VC-CREATE-DATE-ONLY (must)  violated by B, A: passed: A date without" in result.stdout
    assert "1 differences in requirements, 0 in other documented members or statuses" in result.stdout
    markdown = (tmp_path / "difference.md").read_text(encoding="utf-8")
    assert "- VC-CREATE-DATE-ONLY (must)  violated by B, A&#58; passed" in markdown
    records = tmp_path / "conformance-comparison"
    assert (records / "a" / "results.json").exists()
    assert (records / "b" / "findings").is_dir()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in files if ACCOUNT.token.encode() in path.read_bytes()]
    assert ACCOUNT.token not in result.output


def test_a_target_does_not_differ_from_itself(servers: tuple[str, str]) -> None:
    result = invoke(servers[0], servers[0], *SELECT, "--same-credentials", "--json")
    comparison = json.loads(result.stdout)
    assert (result.exit_code, comparison["exit_code"], comparison["schema_version"]) == (0, 0, 1)
    assert comparison["requirements"] == comparison["responses"] == []
    assert comparison["compared"] > 10


def test_the_credentials_of_a_are_not_sent_to_b_unless_that_is_specified(servers: tuple[str, str]) -> None:
    result = invoke(*servers, *SELECT)
    assert result.exit_code == 2
    assert f"set {SECOND_PROJECT_VARIABLE} or use --second-project-id" in result.stderr


def test_invalid_credentials_of_b_are_a_failed_preflight(servers: tuple[str, str]) -> None:
    result = invoke(*servers, *SELECT, **{**SECOND, SECOND_TOKEN_VARIABLE: "PTanother0123456789"})
    assert result.exit_code == 2
    assert "note: B: " in result.stdout
    assert "PTanother0123456789" not in result.output


@pytest.mark.parametrize(
    "arguments, problem",
    [
        (("https://a.example", "before"), "A and B must both be URLs or both be results"),
        (("before", "after", "--effort", "smoke"), "--effort applies only to the comparison of two URLs"),
        (("before", "after", "--second-header", "a:b"), "--second-header applies only to"),
        (
            ("http://127.0.0.1:1", "http://127.0.0.1:2", "--same-credentials", "--output", "x.txt"),
            "must end in",
        ),
    ],
)
def test_invalid_arguments_are_usage_errors(arguments: tuple[str, ...], problem: str) -> None:
    result = invoke(*arguments)
    assert (result.exit_code, problem in result.stderr) == (2, True), result.output
