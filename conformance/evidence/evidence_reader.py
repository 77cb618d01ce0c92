"""Evidence as it is read: what a run was, and what came back to each of its requests.

Whatever was not written by a run is refused with its line: those who judge it again rest on it.
"""

import json
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from conformance.evidence.evidence_file import COMPRESSED, FILE, FORMAT, body, headers
from conformance.http.credentials import Account
from conformance.http.exchange import Response
from conformance.redaction.masking import stand_in
from reports.files import input_files
from reports.presentation.sanitize import bounded
from spec.validation import first_error

_LONGEST: Final = 10**9  # seconds of a run that anybody waited for
_BRIEF: Final = 300  # characters of a value in a message
_STATUSES: Final = range(100, 1000)  # three digits
_TEXT: Final = {"type": "string"}
_SHORT_TEXT: Final = {"type": "string", "maxLength": 1_000}
_SWITCH: Final = {"type": "boolean"}
_TEXTS: Final = {"type": "array", "items": _TEXT}
_LIMIT: Final = {"type": ["integer", "null"], "minimum": 1, "maximum": 10**15}
_SECONDS: Final = {"type": "number", "exclusiveMinimum": 0, "maximum": _LONGEST}
_HEADER: Final = {
    "type": "object",
    "required": [
        *("suite", "target", "account", "profiles", "effort", "seed", "select", "shard", "waivers"),
        *("strict", "prefix", "concurrency", "started"),
    ],
    "properties": {
        "suite": {"type": "object", "properties": {"engines": {"type": "object"}}},
        "target": {
            "type": "object",
            "required": ["origin", "base_paths", "active_session", "reference", "flaws"],
            "properties": {
                "origin": _SHORT_TEXT,
                "base_paths": {
                    "type": "object",
                    "required": ["video", "fabric"],
                    "additionalProperties": {**_SHORT_TEXT, "pattern": "^(/[!-~]*)?$"},
                },
                "active_session": {"type": ["string", "null"], "maxLength": 1_000},
                "allow_logged_credentials": _SWITCH,
                "read_only": _SWITCH,
                "reference": _SWITCH,
                "flaws": _TEXTS,
            },
        },
        "account": {
            "type": "object",
            "required": ["uuid", "project_letters", "token_letters", "token_capitals", "token_small"],
            "additionalProperties": _SWITCH,
        },
        "profiles": {"type": "array", "maxItems": 10, "items": {"enum": ["video", "fabric"]}},
        "effort": _SHORT_TEXT,
        "seed": {"type": ["integer", "null"]},
        "select": {"type": "string", "maxLength": 50_000},
        "shard": {
            "type": ["object", "null"],
            "required": ["number", "of"],
            "additionalProperties": {"type": "integer", "minimum": 1, "maximum": 10**15},
        },
        "waivers": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["requirement", "reason", "expires"],
                "additionalProperties": _TEXT,
            },
        },
        "strict": _SWITCH,
        "prefix": {"type": "string", "maxLength": 100},
        "concurrency": {"type": "integer", "minimum": 1, "maximum": 256},
        "exploring": _SWITCH,
        "allow_leftovers": _SWITCH,
        "fail_fast": _SWITCH,
        "requests": _LIMIT,
        "live": _LIMIT,
        "seconds": _SECONDS,
        "timeout": _SECONDS,
        "per_second": {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": _LONGEST},
        "headers": _TEXTS,
        "started": _SHORT_TEXT,
        "notes": _TEXTS,
    },
}  # what those who judge it again go by


class EvidenceError(input_files.InputFileError):
    """The evidence cannot be read: which file, which line, and why."""


@dataclass(frozen=True)
class Answer:
    """What came back to a request of the evidence, and when it was sent."""

    number: int
    key: str
    response: Response | None
    failure: str | None
    started: datetime
    seconds: float


@dataclass(frozen=True)
class Testimony:
    """Evidence as it was read."""

    header: Mapping[str, Any]
    answers: tuple[Answer, ...]
    footer: Mapping[str, Any] | None  # None where the file is cut short

    @property
    def account(self) -> Account:
        """Return the stand-in for the account of the run."""
        return stand_in(self.header["account"])


def key(told: Mapping[str, Any]) -> str:
    """Return what the same request of the same check has in common whenever it is sent."""
    request = told["request"]
    kept = {
        name: request.get(name) for name in ("method", "target", "headers", "credential", "body", "base64")
    }
    sender = [told[name] for name in ("check", "attempt", "case", "operation")]
    return json.dumps([sender, kept], sort_keys=True)


def read(path: Path, *, follow_links: bool = False) -> Testimony:
    """Read a file of evidence; raise EvidenceError where a line is not what was written.

    A last line that was cut short while it was written is left out, as the footer is then. A symbolic link is
    only followed to a file that the user named.
    """
    header: Mapping[str, Any] | None = None
    footer: Mapping[str, Any] | None = None
    answers: list[Answer] = []
    digest = sha256()
    for number, written in enumerate(_lines(path, follow_links=follow_links), 1):
        if footer is not None:
            raise EvidenceError(f"{path}, line {number}: nothing stands behind the footer")
        if not written.endswith(b"\n"):
            break
        told = _parsed(path, number, written)
        if "footer" in told:
            footer = _ended(path, number, told["footer"], digest.hexdigest(), len(answers))
        elif header is None:
            header = _begun(path, told)
        else:
            answers.append(_answer(path, number, told, len(answers) + 1))
        digest.update(written)
    if header is None:
        raise EvidenceError(f"{path} holds no evidence: its first line is missing")
    return Testimony(header, tuple(answers), footer)


def header(folder: Path) -> Mapping[str, Any]:
    """Read the header of the evidence in a folder; the rest may be as it likes."""
    path = next((folder / name for name in (FILE, COMPRESSED) if input_files.exists(folder / name)), None)
    if path is None:
        raise EvidenceError(f"{folder} holds no evidence: {FILE} is missing; name the --output of a run")
    with closing(_lines(path, follow_links=False)) as lines:
        return _begun(path, _parsed(path, 1, next(lines, b"")))


def _lines(path: Path, *, follow_links: bool) -> Generator[bytes, None, None]:
    """Yield the lines of a file of evidence; raise EvidenceError where it cannot be read."""
    try:
        yield from input_files.lines(path, input_files.EVIDENCE, follow_links=follow_links)
    except input_files.InputFileError as error:
        raise EvidenceError(str(error)) from None


def _parsed(path: Path, number: int, written: bytes) -> Mapping[str, Any]:
    try:
        told = input_files.json_value(written, values=input_files.EVIDENCE.values)
    except ValueError as error:
        raise EvidenceError(f"{path}, line {number}: this is not valid JSON: {error}") from None
    if not isinstance(told, dict):
        raise EvidenceError(f"{path}, line {number}: this is not a JSON object")
    return told


def _begun(path: Path, told: Mapping[str, Any]) -> Mapping[str, Any]:
    header = told.get("header")
    if not isinstance(header, dict):
        raise EvidenceError(f"{path}, line 1: this is no header of evidence")
    if header.get("format") != FORMAT:
        raise EvidenceError(
            f"{path}: format {_brief(header.get('format'))} is not known here; this suite reads {FORMAT}"
        )
    error = first_error(_HEADER, header)
    if error is not None:
        problem = bounded(f"{error.json_path}: {error.message}", _BRIEF)
        raise EvidenceError(f"{path}: the header of the evidence does not say what was run ({problem})")
    try:
        moment(header["started"])
    except (ValueError, OverflowError) as invalid:
        raise EvidenceError(
            f"{path}: the run did not start at {_brief(header['started'])}: {invalid}"
        ) from None
    return header


def _ended(path: Path, number: int, footer: Any, digest: str, exchanges: int) -> Mapping[str, Any]:
    if not isinstance(footer, dict) or footer.get("exchanges") != exchanges:
        raise EvidenceError(
            f"{path}, line {number}: the footer does not count the {exchanges} exchanges before it"
        )
    if not isinstance(footer.get("complete"), bool) or not _is_duration(footer.get("seconds")):
        raise EvidenceError(f"{path}, line {number}: the footer does not say how the run ended")
    if footer.get("sha256") != digest:
        raise EvidenceError(
            f"{path}: its lines are not those that its footer was written for (SHA-256 {digest})"
        )
    return footer


def _answer(path: Path, number: int, told: Mapping[str, Any], expected: int) -> Answer:
    try:
        if told["number"] != expected:
            raise EvidenceError(
                f"{path}, line {number}: exchange {_brief(told['number'])} stands where {expected} should"
            )
        got = told["response"]
        response = None if got is None else _response(got)
        return Answer(
            expected,
            key(told),
            response,
            _text_or_none(told["failure"]),
            moment(told["started"]),
            _duration(told["seconds"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        if isinstance(error, EvidenceError):
            raise
        raise EvidenceError(
            f"{path}, line {number}: this is not an exchange ({type(error).__name__}: {_brief(error)})"
        ) from None


def _response(told: Mapping[str, Any]) -> Response:
    if not isinstance(told["status"], int) or told["status"] not in _STATUSES:
        raise ValueError("its status is none")
    return Response(told["status"], headers(told["headers"]), body(told))


def moment(text: str) -> datetime:
    """Return an instant as the evidence holds it; raise ValueError or OverflowError where it is none."""
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        raise ValueError("a time without an offset")
    read.astimezone(UTC)
    return read


def _is_duration(value: Any) -> bool:
    return isinstance(value, int | float) and 0 <= value <= _LONGEST


def _duration(value: Any) -> float:
    if not _is_duration(value):
        raise ValueError("its seconds are none")
    return float(value)


def _brief(value: object) -> str:
    return bounded(str(value), _BRIEF)


def _text_or_none(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError("its failure is no text")
    return value
