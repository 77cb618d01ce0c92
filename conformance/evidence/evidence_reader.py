"""Reading of evidence files, with validation of each line.

A line that no run can have written is rejected with its number, because a replay relies on the file.
"""

import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from conformance.evidence.evidence_file import (
    COMPRESSED_FILE_NAME,
    FILE_NAME,
    FORMAT_VERSION,
    parse_body,
    parse_exchange,
    parse_headers,
)
from conformance.evidence.evidence_schemas import HEADER, MAX_SECONDS, REJECTED_REQUESTS
from conformance.http.credentials import Account
from conformance.http.exchange import Exchange, Response
from conformance.redaction.masking import placeholder_account
from reports.files import input_files
from reports.presentation.sanitize import truncate
from spec.validation import first_validation_error

_MAX_VALUE_LENGTH: Final = 300  # characters of a value in a message
_STATUSES: Final = range(100, 1000)  # three digits
_CONVERSION_ERRORS: Final = (KeyError, TypeError, ValueError, AttributeError, OverflowError)


class EvidenceError(input_files.InputFileError):
    """The evidence cannot be read: which file, which line, and why."""


@dataclass(frozen=True)
class RecordedResponse:
    """The response to a request of the evidence, and when the request was sent."""

    number: int
    request_key: str
    response: Response | None
    failure: str | None
    started: datetime
    seconds: float


@dataclass(frozen=True)
class RecordedRun:
    """A parsed evidence file."""

    header: Mapping[str, Any]
    responses: tuple[RecordedResponse, ...]
    footer: Mapping[str, Any] | None  # None if the file is truncated

    @property
    def account(self) -> Account:
        """Return the placeholder for the account of the run."""
        return placeholder_account(self.header["account"])


def request_key(data: Mapping[str, Any]) -> str:
    """Return a key that equal requests of the same check share, whenever they are sent."""
    request = data["request"]
    fields = {
        name: request.get(name) for name in ("method", "target", "headers", "credential", "body", "base64")
    }
    sender = [data[name] for name in ("check", "attempt", "case", "operation")]
    if data.get("resend"):
        sender.append(int(data["resend"]))
    return json.dumps([sender, fields], sort_keys=True)


def read_evidence(path: Path, *, follow_links: bool = False) -> RecordedRun:
    """Read an evidence file; raise EvidenceError if a line is not valid.

    A truncated last line is ignored, and the footer is then missing. A symbolic link is followed only to a
    file that the user named.
    """
    header: Mapping[str, Any] | None = None
    footer: Mapping[str, Any] | None = None
    responses: list[RecordedResponse] = []
    digest = sha256()
    for number, line in enumerate(_lines(path, follow_links=follow_links), 1):
        if footer is not None:
            raise EvidenceError(f"{path}, line {number}: unexpected line after the footer")
        if not line.endswith(b"\n"):
            break
        data = _parse_line(path, number, line)
        if "footer" in data:
            footer = _validate_footer(path, number, data["footer"], digest.hexdigest(), len(responses))
        elif header is None:
            header = _validate_header(path, data)
        else:
            responses.append(_parse_response_line(path, number, data, len(responses) + 1))
        digest.update(line)
    if header is None:
        raise EvidenceError(f"{path} is not an evidence file: its header is missing")
    return RecordedRun(header, tuple(responses), footer)


def evidence_path(folder: Path) -> Path | None:
    """Return the path of the evidence file in a folder; None if the folder contains none."""
    paths = (folder / name for name in (FILE_NAME, COMPRESSED_FILE_NAME))
    return next((path for path in paths if input_files.exists(path)), None)


def read_header(folder: Path) -> Mapping[str, Any]:
    """Read the header of the evidence file in a folder, without validating the other lines."""
    path = _required_path(folder)
    with closing(_lines(path, follow_links=False)) as lines:
        return _validate_header(path, _parse_line(path, 1, next(lines, b"")))


def read_exchanges(folder: Path) -> Iterator[Exchange]:
    """Yield the exchanges in the evidence file of a folder; raise EvidenceError if a line is not valid."""
    path = _required_path(folder)
    for number, line in enumerate(_lines(path, follow_links=False), 1):
        if not line.endswith(b"\n"):
            return  # truncated, as the run was killed
        data = _parse_line(path, number, line)
        if "header" in data or "footer" in data:
            continue
        try:
            exchange = parse_exchange(data)
        except _CONVERSION_ERRORS as error:
            raise _invalid_exchange(path, number, error) from None
        yield exchange


def _required_path(folder: Path) -> Path:
    path = evidence_path(folder)
    if path is None:
        raise EvidenceError(
            f"{folder} holds no evidence: {FILE_NAME} is missing; specify the output directory of a run"
        )
    return path


def _lines(path: Path, *, follow_links: bool) -> Generator[bytes, None, None]:
    """Yield the lines of an evidence file; raise EvidenceError if it cannot be read."""
    try:
        yield from input_files.read_lines(path, input_files.EVIDENCE, follow_links=follow_links)
    except input_files.InputFileError as error:
        raise EvidenceError(str(error)) from None


def _parse_line(path: Path, number: int, line: bytes) -> Mapping[str, Any]:
    try:
        data = input_files.parse_json(line, values=input_files.EVIDENCE.values)
    except ValueError as error:
        raise EvidenceError(f"{path}, line {number}: not valid JSON: {error}") from None
    if not isinstance(data, dict):
        raise EvidenceError(f"{path}, line {number}: not a JSON object")
    return data


def _validate_header(path: Path, data: Mapping[str, Any]) -> Mapping[str, Any]:
    header = data.get("header")
    if not isinstance(header, dict):
        raise EvidenceError(f"{path}, line 1: not a header of evidence")
    if header.get("format") != FORMAT_VERSION:
        raise EvidenceError(
            f"{path}: unsupported format {_abbreviate(header.get('format'))}; "
            f"this suite reads {FORMAT_VERSION}"
        )
    error = first_validation_error(HEADER, header)
    if error is not None:
        problem = truncate(f"{error.json_path}: {error.message}", _MAX_VALUE_LENGTH)
        raise EvidenceError(f"{path}: the header of the evidence is not valid ({problem})")
    try:
        parse_timestamp(header["started"])
    except (ValueError, OverflowError) as invalid:
        raise EvidenceError(
            f"{path}: the header has an invalid start {_abbreviate(header['started'])}: {invalid}"
        ) from None
    return header


def _validate_footer(path: Path, number: int, footer: Any, digest: str, exchanges: int) -> Mapping[str, Any]:
    if not isinstance(footer, dict) or footer.get("exchanges") != exchanges:
        raise EvidenceError(
            f"{path}, line {number}: the footer does not match the {exchanges} exchanges before it"
        )
    if not isinstance(footer.get("complete"), bool) or not _is_duration(footer.get("seconds")):
        raise EvidenceError(f"{path}, line {number}: the footer does not specify how the run ended")
    error = first_validation_error(REJECTED_REQUESTS, footer.get("rejected", {}))
    if error is not None:
        problem = truncate(f"{error.json_path}: {error.message}", _MAX_VALUE_LENGTH)
        raise EvidenceError(f"{path}, line {number}: the rejections in the footer are not valid ({problem})")
    if footer.get("sha256") != digest:
        raise EvidenceError(
            f"{path}: its lines do not match the SHA-256 digest in its footer (actual digest: {digest})"
        )
    return footer


def _parse_response_line(path: Path, number: int, data: Mapping[str, Any], expected: int) -> RecordedResponse:
    if data.get("number") != expected:
        raise EvidenceError(
            f"{path}, line {number}: expected exchange {expected}, found {_abbreviate(data.get('number'))}"
        )
    try:
        received = data["response"]
        response = None if received is None else _response(received)
        return RecordedResponse(
            expected,
            request_key(data),
            response,
            _string_or_none(data["failure"]),
            parse_timestamp(data["started"]),
            _parse_duration(data["seconds"]),
        )
    except _CONVERSION_ERRORS as error:
        raise _invalid_exchange(path, number, error) from None


def _invalid_exchange(path: Path, number: int, error: Exception) -> EvidenceError:
    return EvidenceError(
        f"{path}, line {number}: not a valid exchange ({type(error).__name__}: {_abbreviate(error)})"
    )


def _response(data: Mapping[str, Any]) -> Response:
    if not isinstance(data["status"], int) or data["status"] not in _STATUSES:
        raise ValueError("invalid status")
    return Response(data["status"], parse_headers(data["headers"]), parse_body(data))


def parse_timestamp(text: str) -> datetime:
    """Return the timestamp in a string; raise ValueError or OverflowError if it is not valid."""
    timestamp = datetime.fromisoformat(text)
    if timestamp.tzinfo is None:
        raise ValueError("timestamp without a UTC offset")
    timestamp.astimezone(UTC)
    return timestamp


def _is_duration(value: Any) -> bool:
    return isinstance(value, int | float) and 0 <= value <= MAX_SECONDS


def _parse_duration(value: Any) -> float:
    if not _is_duration(value):
        raise ValueError("invalid duration")
    return float(value)


def _abbreviate(value: object) -> str:
    return truncate(str(value), _MAX_VALUE_LENGTH)


def _string_or_none(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError("the failure is not a string")
    return value
