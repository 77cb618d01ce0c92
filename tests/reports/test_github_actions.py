"""Annotations and the step summary in a job of GitHub Actions."""

import os
from pathlib import Path
from typing import Any

import pytest

from reports import github_actions
from reports.formats import github_annotations, markdown_summary
from tests.support.run_records import (
    HOSTILE,
    LEFTOVER,
    finding,
    full_record,
    large_record,
    record,
    requirement,
    with_hostile_text,
)
from tests.support.texts.workflow_commands import Command, commands, parsed

LIMIT = 1_048_576  # bytes of a summary


@pytest.fixture
def summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set the variables of a job, and return the file of the step summary."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    return tmp_path / "summary"


def published(result: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    github_actions.publish(result, "out", lines.append)
    return lines


def annotations(result: dict[str, Any]) -> list[Command]:
    return commands("\n".join(github_annotations.commands(result, "out/summary.md")))


def titles(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(command.name, command.properties["title"]) for command in annotations(result)]


# Annotations.


def test_there_is_an_annotation_for_each_requirement_that_is_not_met() -> None:
    assert titles(full_record(leftovers=[])) == [
        ("error", "VC-CREATE-FAILED (must)"),
        ("error", "VC-CREATE-OTHER (must)"),
        ("error", "VC-CREATE-ERROR (must)"),
        ("error", "inconclusive: VC-CREATE-INCONCLUSIVE"),
        ("warning", "VC-CREATE-WARNED (should)"),
    ]


def test_a_message_has_the_sentence_the_difference_and_the_command_that_runs_the_check_again() -> None:
    failed = requirement("failed", findings=[finding(problem="join_from is 23:59:59")])
    (command,) = annotations(record(failed))
    assert command.data.split("\n") == [
        "It is kept.",
        "problem: join_from is 23:59:59",
        'sent: POST /api/video/conferences {"join_from":"2041-05-06"}',
        "expected: join_from is the instant 2041-05-06T00:00:00Z",
        'received: 200 {"join_from":"2041-05-06T23:59:59Z"}',
        "source: a page (https://docs.example/page)",
        "rerun: conformance run --select VC-CREATE-DATE-ONLY",
    ]


def test_the_annotations_beyond_the_limits_of_a_step_are_counted() -> None:
    entries = [requirement("failed", id=f"VC-F-{number}") for number in range(13)]
    entries += [requirement("warned", id=f"VC-W-{number}", level="should") for number in range(11)]
    found = annotations(record(*entries))
    assert [command.name for command in found] == [*["error"] * 10, *["warning"] * 10, "notice"]
    assert found[-1].data == "3 more errors and 1 more warning: see out/summary.md"


def test_there_is_no_notice_at_the_limits() -> None:
    entries = [requirement("failed", id=f"VC-F-{number}") for number in range(10)]
    assert {command.name for command in annotations(record(*entries))} == {"error"}


@pytest.mark.parametrize(
    "members, expected",
    [
        ({}, []),
        (
            {
                "verdict": "not-started",
                "exit_code": 2,
                "notes": ["Check --target."],
                "footer": {"complete": False},
            },
            [("error", "conference-conformance: not started")],
        ),
        (
            {"leftovers": [LEFTOVER], "exit_code": 5},
            [("error", "conference-conformance: clean-up incomplete")],
        ),
        ({"leftovers": [LEFTOVER], "leftovers_allowed": True}, []),
    ],
    ids=["conforms", "not started", "leftovers", "allowed leftovers"],
)
def test_what_fails_a_run_apart_from_requirements_is_an_error(
    members: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert titles(record(requirement(), **members)) == expected


def test_an_expired_waiver_is_an_error() -> None:
    result = full_record(leftovers=[])
    result["waivers"] = [{**result["waivers"][0], "state": "expired", "advice": "expired"}]
    assert ("error", "conference-conformance: waiver") in titles(result)


def test_undecided_requirements_are_grouped_by_reason() -> None:
    entries = [requirement("inconclusive", id=f"VC-I-{number}", reason="outage: lost") for number in range(8)]
    (command,) = annotations(record(*entries, verdict="inconclusive", exit_code=3))
    assert command.properties["title"] == ("inconclusive: VC-I-0, VC-I-1, VC-I-2, VC-I-3, VC-I-4 and 3 more")
    assert command.data == "outage: lost"


def test_what_a_read_only_run_cannot_decide_is_no_error() -> None:
    undecided = requirement("inconclusive", reason="read-only: not sent")
    assert annotations(record(undecided, read_only=True)) == []


@pytest.mark.parametrize(
    "text",
    [*HOSTILE.values(), "\n::add-mask::x", "%0A::error::x", "a::b,c=d%", "##[error]x", "\r\n##[error]x"],
    ids=[*HOSTILE, "mask", "escaped", "properties", "old form", "old form on another line"],
)
def test_hostile_text_begins_no_other_command(text: str) -> None:
    lines = github_annotations.commands(with_hostile_text(full_record(), text), "out/summary.md")
    plain = github_annotations.commands(with_hostile_text(full_record(), "x"), "out/summary.md")
    found = commands("\n".join(lines))
    assert [command.name for command in found] == [command.name for command in commands("\n".join(plain))]
    assert len(lines) == len(found)
    assert all(set(command.properties) == {"title"} for command in found)
    assert all(line.replace("\t", "").isprintable() and len(line) < 65_536 for line in lines)


def test_text_is_shown_as_it_is() -> None:
    failed = requirement("failed", reason="100% a::b, c\nd")
    (command,) = annotations(record(failed))
    assert command.data.endswith("reason: 100% a::b, c\nd")


# The step summary.


def test_the_summary_of_the_run_is_appended_to_that_of_the_step(summary: Path) -> None:
    summary.write_text("# Earlier\n")
    result = full_record()
    lines = published(result)
    assert summary.read_text() == f"# Earlier\n\n{markdown_summary.markdown(result)}"
    assert lines == github_annotations.commands(result, "out/summary.md")


def test_nothing_is_written_outside_of_a_job(summary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS")
    assert published(full_record()) == []
    assert not summary.exists()


@pytest.mark.usefixtures("summary")
def test_a_job_without_a_summary_has_annotations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "")
    assert published(full_record()) == github_annotations.commands(full_record(), "out/summary.md")


@pytest.mark.parametrize("size", [0, 600_000, 1_040_000])
def test_the_summary_of_a_step_is_within_its_limit(summary: Path, size: int) -> None:
    summary.write_text("x" * size)
    lines = published(large_record())
    assert size < summary.stat().st_size <= LIMIT
    assert all(parsed(line) for line in lines)


@pytest.mark.parametrize("size", [1_048_500, LIMIT, LIMIT + 1])
def test_a_summary_for_which_there_is_no_room_is_a_note(summary: Path, size: int) -> None:
    summary.write_text("x" * size)
    *_, note = published(full_record())
    assert note.startswith("conformance: note: the step summary was not written: ")
    assert summary.stat().st_size == size


def in_no_folder(path: Path) -> None:
    path.symlink_to(path.parent / "none" / "summary")


@pytest.mark.parametrize("create", [Path.mkdir, os.mkfifo, in_no_folder], ids=["folder", "pipe", "no folder"])
def test_a_summary_that_cannot_be_written_is_a_note(summary: Path, create: Any) -> None:
    create(summary)
    *_, note = published(full_record())
    assert note.startswith(f"conformance: note: the step summary was not written: {summary}")
    assert parsed(note) is None
