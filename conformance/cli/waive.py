"""The `conformance waive` command: waivers for the findings of a finished run, one for each root cause."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import click

from conformance.cli.report import InvalidInputError, print_error
from conformance.config import config_files
from conformance.config.selection import (
    UnknownSelectionError,
    selected_requirements,
    selection_expression,
)
from conformance.config.setting_types import ConfigurationError
from conformance.config.waivers import parse_waivers
from conformance.redaction.redactor import redact_environment_credentials
from reports.files import input_files, private_files
from reports.presentation import views
from reports.presentation.known_failures import known_failures, problem_text
from reports.presentation.sanitize import escape_unprintable, truncate
from reports.records import results_file
from reports.records.exit_codes import CONFORMS, USAGE_ERROR
from spec.catalogue import catalogue

_DATE: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BYTE_ORDER_MARK: Final = "\ufeff"
_MAX_COMMENT: Final = 300  # characters
_MAX_REASON: Final = 1_000  # characters


@dataclass(frozen=True)
class _Group:
    """Requirements that one waiver waives, and the problem that it is about."""

    problem: str
    ids: tuple[str, ...]


def waive_command(
    path: Path, *, until: str, reason: str, output: Path | None, inconclusive: bool, **selection: str | None
) -> int:
    """Print waivers for the findings of a run, or add them to a file, and return the exit code."""
    try:
        expires, text = _expiry_date(until), _reason(reason)
        record = _finished_record(path)
        groups = list(_selected(_groups(record, inconclusive=inconclusive), record, **selection))
        if not groups:
            print_error(f"{path}: nothing to waive{_hint(record, inconclusive=inconclusive)}")
        elif output is None:
            click.echo(_tables(groups, text, expires, "waivers"), nl=False)
        else:
            _add(groups, text, expires, output)
    except OSError as error:
        print_error(f"{output} cannot be written: {error.strerror}")
        return USAGE_ERROR
    except (
        InvalidInputError,
        ConfigurationError,
        UnknownSelectionError,
        results_file.UnusableResultsError,
    ) as error:
        print_error(str(error))
        return USAGE_ERROR
    return CONFORMS


def _expiry_date(text: str) -> date:
    try:
        expires = date.fromisoformat(text if _DATE.fullmatch(text) else "")
    except ValueError:
        raise InvalidInputError(f"--until {text!r} is not a date; expected YYYY-MM-DD") from None
    if expires < datetime.now(UTC).date():
        raise InvalidInputError(f"--until {text} is in the past; specify the last day of the waivers")
    return expires


def _reason(text: str) -> str:
    reason = redact_environment_credentials(text.strip())
    if not reason:
        raise InvalidInputError("--reason is empty; specify why the findings are accepted, e.g. an issue")
    if len(reason) > _MAX_REASON:
        raise InvalidInputError(f"--reason has {len(reason):,} characters; the limit is {_MAX_REASON:,}")
    return escape_unprintable(reason)


def _finished_record(path: Path) -> Mapping[str, Any]:
    """Return the record of a completed run in an output directory or a results.json file."""
    is_folder = input_files.is_folder(path)
    file = path / results_file.FILE if is_folder else path
    record = results_file.read_validated(file, follow_links=not is_folder)
    if not record["footer"]["complete"]:
        raise InvalidInputError(
            f"{path} is the result of a run that did not complete ({record['verdict']}); run it again"
        )
    return record


def _groups(record: Mapping[str, Any], *, inconclusive: bool) -> Iterator[_Group]:
    """Yield the requirements of each root cause that fails the run; if specified, also those not decided."""
    for verdict in ("failed", "warned") if record["strict"] else ("failed",):
        for cause in views.causes(record, verdict):
            entries = [entry for entry in (cause.primary, *cause.related) if _fails_run(entry, record)]
            yield _Group(problem_text(cause.primary), _known_ids(entries))
    if inconclusive:
        for reason, entries in views.undecided(record).items():
            yield _Group(reason, _known_ids(entry for entry in entries if entry["level"] == "must"))


def _fails_run(entry: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    return entry["verdict"] == "failed" or bool(record["strict"])


def _known_ids(entries: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the ids that this version knows; it rejects waivers of others."""
    return tuple(entry["id"] for entry in entries if entry["id"] in catalogue())


def _selected(
    groups: Iterable[_Group], record: Mapping[str, Any], select: str | None, exclude: str | None
) -> Iterator[_Group]:
    """Yield the groups with the selected requirements, without empty groups."""
    expression = selection_expression(filter(None, [select]), filter(None, [exclude]))
    ids = {requirement.id for requirement in selected_requirements(tuple(record["profiles"]), expression)}
    yield from _restricted(groups, ids)


def _restricted(groups: Iterable[_Group], ids: Iterable[str]) -> Iterator[_Group]:
    permitted = frozenset(ids)
    for group in groups:
        selected = tuple(identifier for identifier in group.ids if identifier in permitted)
        if selected:
            yield _Group(group.problem, selected)


def _hint(record: Mapping[str, Any], *, inconclusive: bool) -> str:
    """Return what `waive` leaves out, as the end of a message."""
    left_out = []
    if known_failures(record["requirements"]):
        left_out.append("the failures that are known from the baseline of the run are left out")
    if views.undecided(record) and not inconclusive:
        left_out.append("--inconclusive also waives what could not be decided")
    return "".join(f"; {text}" for text in left_out)


def _add(groups: Sequence[_Group], reason: str, expires: date, output: Path) -> None:
    """Add the waivers that a file does not contain at its end, or create the file."""
    existing = _existing_text(output)
    path = output.resolve()
    keys = ("tool", "conformance", "waivers") if path.name == config_files.SHARED_FILE else ("waivers",)
    present = {waiver.requirement for waiver in _existing_waivers(existing, keys, output)}
    new = list(_restricted(groups, set(catalogue()) - present))
    repeated = sorted({identifier for group in groups for identifier in group.ids} & present)
    if repeated:
        print_error(f"{output} already has a waiver of {', '.join(repeated)}; it was not changed")
    if not new:
        return
    separator = (
        "" if not existing or existing.endswith("\n\n") else "\n" if existing.endswith("\n") else "\n\n"
    )
    text = f"{existing}{separator}{_tables(new, reason, expires, '.'.join(keys))}"
    try:
        waivers = _existing_waivers(text, keys, output)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"{output}: waivers cannot be added at its end; write each one as [[{'.'.join(keys)}]] ({error})"
        ) from None
    private_files.rewrite(text, path)
    added = len({waiver.requirement for waiver in waivers} - present)
    click.echo(f"{output}: added waivers of {added} requirement{'' if added == 1 else 's'}", err=True)


def _existing_text(path: Path) -> str:
    if not input_files.exists(path):
        return ""
    try:
        return input_files.read_text(path, limit=input_files.CONFIGURATION)
    except input_files.InputFileError as error:
        raise InvalidInputError(str(error)) from None


def _existing_waivers(text: str, keys: Sequence[str], output: Path) -> Any:
    """Return the waivers in the text of a configuration file."""
    try:
        value: Any = input_files.parse_toml(text.removeprefix(_BYTE_ORDER_MARK))
    except ValueError as error:
        raise ConfigurationError(
            f"{output} is not valid TOML: {truncate(str(error), _MAX_COMMENT)}"
        ) from None
    for key in keys:
        value = value.get(key, {}) if isinstance(value, Mapping) else None
    if not value:
        return ()
    if not isinstance(value, list):
        raise ConfigurationError(f"{output}: waivers is not a list")
    return parse_waivers(value)


def _tables(groups: Sequence[_Group], reason: str, expires: date, name: str) -> str:
    return "\n".join(_table(group, reason, expires, name) for group in groups)


def _table(group: _Group, reason: str, expires: date, name: str) -> str:
    """Return one waiver as TOML, after a comment with its problem."""
    ids = [f'"{identifier}"' for identifier in group.ids]
    waived = ids[0] if len(ids) == 1 else "".join(("[\n", *(f"  {quoted},\n" for quoted in ids), "]"))
    lines = (
        f"# {_comment(group.problem)}",
        f"[[{name}]]",
        f"requirement = {waived}",
        f"reason = {_toml_string(reason)}",
        f"expires = {expires.isoformat()}",
    )
    return "\n".join(lines) + "\n"


def _comment(text: str) -> str:
    """Return a text as the content of a comment: one line of printable characters."""
    return escape_unprintable(truncate(redact_environment_credentials(text), _MAX_COMMENT))


def _toml_string(text: str) -> str:
    """Return a text as a basic string of TOML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'  # the reason has no control characters
