"""The `conformance replay` command: sends recorded findings again and reports which are still present."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.text import Text

from conformance.cli.interface.json_output import SCHEMA_VERSION, print_json
from conformance.cli.report import print_error
from conformance.cli.run import print_title, run_with_settings, usage_error
from conformance.config.loader import ConfigurationError, merge_sources
from conformance.config.settings import Settings
from conformance.config.target import PROFILES
from conformance.finding_replay.finding_file import (
    InvalidFindingError,
    RecordedFinding,
    finding_files,
    read_finding,
)
from conformance.finding_replay.finding_status import Status
from conformance.finding_replay.replay import FindingResult, replay_findings
from conformance.results import output_folder
from conformance.results.reproduction import finding_folders
from reports import github_actions
from reports.files import shared_files
from reports.formats import replay_report
from reports.formats.terminal.console import stdout_console
from reports.presentation.log_commands import escape_log_line
from reports.presentation.sanitize import truncate
from reports.records import exit_codes

DEFAULT_OUTPUT: Final = "conformance-replay"
_STYLES: Final = {
    Status.PRESENT: "bold red",
    Status.GONE: "green",
    Status.CHANGED: "magenta",
    Status.UNDECIDED: "magenta",
}
_MAX_LINE: Final = 500  # characters
_WIDTH: Final = max(map(len, Status))


def replay_command(
    paths: Sequence[Path],
    options: Mapping[str, Any],
    behavior: tuple[Sequence[str], Sequence[str]] = ((), ()),
    *,
    prune: bool = False,
    as_json: bool = False,
) -> int:
    """Replay the findings in the paths, print the results, and return the exit code.

    `behavior` are the faults and variants of the built-in reference server.
    """
    try:
        findings, problems = _read(paths)
        _expect_confirmed_target(findings, options)
    except (InvalidFindingError, ConfigurationError) as error:
        return usage_error(str(error))

    def action(settings: Settings) -> int:
        return _replay(settings, findings, problems, prune=prune, as_json=as_json)

    return run_with_settings(action, _with_defaults(options, findings), *behavior, show_notices=not as_json)


def _read(paths: Sequence[Path]) -> tuple[list[RecordedFinding], Mapping[Path, str]]:
    """Return the findings, and the problems of those that cannot be read, by file.

    Raise InvalidFindingError if no finding can be read.
    """
    findings: list[RecordedFinding] = []
    problems: dict[Path, str] = {}
    for file in dict.fromkeys(file for path in paths for file in finding_files(path)):
        try:
            findings.append(read_finding(file))
        except InvalidFindingError as error:
            problems[file] = str(error)
    if not findings:
        raise InvalidFindingError("\n".join(problems.values()))
    return findings, problems


def _expect_confirmed_target(findings: Sequence[RecordedFinding], options: Mapping[str, Any]) -> None:
    """Raise ConfigurationError unless the user specifies a target for findings of one.

    The target in a finding is not trusted: credentials are sent only where the user has them sent.
    """
    if merge_sources(_settings_options(options)).get("target"):
        return
    recorded = [finding.origin for finding in findings if not finding.is_of_reference]
    if recorded:
        raise ConfigurationError(
            f"the target of the run was {recorded[0]}; add --target {recorded[0]} to confirm that the "
            "credentials may be sent there, or specify another server"
        )


def _settings_options(options: Mapping[str, Any]) -> dict[str, Any]:
    return {**options, "output": options.get("output") or DEFAULT_OUTPUT}


def _with_defaults(options: Mapping[str, Any], findings: Sequence[RecordedFinding]) -> dict[str, Any]:
    """Return the options; the profiles are those of the findings unless the user specifies some."""
    complete = _settings_options(options)
    try:
        is_specified = bool(merge_sources(complete).get("profiles"))
    except ConfigurationError:
        return complete  # reported when the settings are loaded
    used = frozenset(profile for finding in findings for profile in finding.profiles)
    profiles = tuple(profile for profile in PROFILES if profile in used)
    return complete if is_specified else {**complete, "profiles": profiles}


def _replay(
    settings: Settings,
    findings: Sequence[RecordedFinding],
    problems: Mapping[Path, str],
    *,
    prune: bool,
    as_json: bool,
) -> int:
    console = stdout_console()
    if settings.target.read_only:
        raise ConfigurationError("replay cannot be combined with --read-only: findings have create requests")
    _expect_separate_output(settings.output, findings)
    if not as_json:
        print_title(settings, console)
    with output_folder.open_output_folder(settings.output, force=settings.force):
        listener = _ignore if as_json else partial(_print_result, console)
        record = replay_findings(settings, findings, listener, problems)
        record["pruned"] = list(_prune(record)) if prune else []
        unwritten = list(_write_reports(record, settings.output))
    if as_json:
        print_json(record)
    else:
        _print_end(record, settings, console)
    for problem in (*problems.values(), *unwritten):
        print_error(problem)
    github_actions.publish_texts(
        lambda: replay_report.annotations(record),
        partial(replay_report.markdown, record),
        partial(click.echo, err=as_json),
    )
    return exit_codes.INTERNAL_ERROR if unwritten else int(record["exit_code"])


def _expect_separate_output(output: Path, findings: Sequence[RecordedFinding]) -> None:
    """Raise ConfigurationError if the output folder is that of the findings, which a run would remove."""
    resolved = output.resolve()
    for finding in findings:
        if resolved in (finding.folder.resolve(), *finding.folder.resolve().parents[:3]):
            raise ConfigurationError(
                f"--output {output} contains the findings that are replayed; specify another folder"
            )


def _prune(record: Mapping[str, Any]) -> Iterator[str]:
    """Delete the folders of the findings that are gone, and yield their paths."""
    for entry in record["findings"]:
        if entry["status"] != Status.GONE:
            continue
        try:
            finding_folders.remove_one(Path(entry["folder"]))
            yield entry["folder"]
        except OSError as error:
            print_error(f"{entry['folder']} is kept: {error.strerror or error}")


def _write_reports(record: Mapping[str, Any], folder: Path) -> Iterator[str]:
    """Write the reports of a replay; yield the problems of those that cannot be written."""
    writers: Mapping[str, Callable[[Path], None]] = {
        replay_report.FILE: partial(
            shared_files.write, json.dumps({"schema_version": SCHEMA_VERSION, **record}, indent=1) + "\n"
        ),
        "junit.xml": partial(replay_report.write_junit, record),
        "summary.md": partial(shared_files.write, replay_report.markdown(record)),
    }
    for name, writer in writers.items():
        try:
            writer(folder / name)
        except OSError as error:
            yield f"{folder / name} cannot be written: {error.strerror or error}"


def _print_result(console: Console, result: FindingResult) -> None:
    entry = result.entry
    text = f"  {entry['id']} ({entry['level']})  {entry['sentence']}"
    _print(console, (f"{result.status:<{_WIDTH}}", _STYLES[result.status]), text)
    if result.status is not Status.GONE:
        for line in replay_report.lines_of(entry):
            _print(console, ("", ""), f"  {truncate(line, _MAX_LINE)}")


def _print_end(record: Mapping[str, Any], settings: Settings, console: Console) -> None:
    for note in record["notes"]:
        _print(console, ("", ""), f"note: {note}")
    for leftover in record["leftovers"]:
        place = f"{leftover['collection']}/{leftover['id'] or '(unknown id)'}  {leftover['name']}"
        _print(console, ("", ""), f"left behind: {place}")
    if record["pruned"]:
        _print(console, ("", ""), f"folders deleted: {len(record['pruned'])}")
    style = "bold red" if record["exit_code"] else "bold green"
    end = f": {record['requests']:,} requests, {record['seconds']:.1f} s (exit code {record['exit_code']})"
    _print(console, (replay_report.counts_text(record), style), f"{end}; reports in {settings.output}/")


def _print(console: Console, start: tuple[str, str], text: str) -> None:
    """Print a styled text and a plain one on one line."""
    escaped = escape_log_line(text, starts_line=not start[0])
    console.print(Text.assemble(start, escaped), soft_wrap=True)


def _ignore(_result: FindingResult) -> None:
    """Print nothing."""
