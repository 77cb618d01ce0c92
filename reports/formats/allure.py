"""Allure results: one result for each requirement, in Allure's own model.

A run writes all results at its end; under pytest, allure-pytest writes each result when its check ends. Ids
are derived from the requirement alone, so that the history continues across machines and runs. Text from a
target is attached as sanitized plain text.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import allure
import allure_commons
from allure_commons.logger import AllureMemoryLogger
from allure_commons.model2 import (
    ATTACHMENT_PATTERN,
    TEST_CASE_PATTERN,
    Attachment,
    Label,
    Link,
    Status,
    StatusDetails,
    TestResult,
)
from allure_commons.types import AttachmentType, LinkType, Severity
from allure_commons.utils import now, uuid4

from reports.files import private_files, shared_files
from reports.presentation.failure_text import failure_text
from reports.presentation.known_failures import is_known
from reports.presentation.sanitize import sanitize_text

NAME: Final = "conference-conformance"
FOLDER: Final = "allure-results"
MANIFEST: Final = ".conformance-output"  # lists the files that a run wrote
_CATEGORIES_FILE: Final = "categories.json"
_ENVIRONMENT_FILE: Final = "environment.properties"
_RESULT_FILE: Final = re.compile(
    r"[0-9a-f-]{36}-(result\.json|attachment\.txt)|categories\.json|environment\.properties"
)
_LABEL: Final = "requirement"  # the label that identifies a result
_EPICS: Final = {"VC": "Video conferences", "FCR": "Fabric conference rooms", "API": "Both"}
_SEVERITIES: Final = {"must": Severity.CRITICAL, "should": Severity.NORMAL, "may": Severity.MINOR}
_STATUSES: Final = {
    "passed": Status.PASSED,
    "failed": Status.FAILED,
    "warned": Status.SKIPPED,
    "inconclusive": Status.UNKNOWN,
    "not-applicable": Status.SKIPPED,
    "waived": Status.SKIPPED,
    "error": Status.BROKEN,
}
_CATEGORIES: Final = {
    "Nonconformance": "failed",
    "Warned": "warned",
    "Inconclusive": "inconclusive",
    "Internal error": "error",
}
_URL: Final = re.compile(r"https?://[^\s()<>;,\"']+")
_TO_ESCAPE: Final = re.compile(r"[\\:=#! ]")  # in a properties file


class AllureReporter:
    """Reports the outcome of each check to allure-pytest."""

    def __init__(self) -> None:
        self._entries: dict[str, Mapping[str, Any]] = {}

    def report_entry(self, entry: Mapping[str, Any]) -> None:
        """Attach the findings of the running check; its description is added when the result is written."""
        self._entries[entry["id"]] = entry
        allure.dynamic.label(_LABEL, entry["id"])
        for name, text in attachments(entry):
            allure.attach(text, name, allure.attachment_type.TEXT)

    @allure_commons.hookimpl(tryfirst=True)
    def report_result(self, result: Any) -> None:
        """Complete a result before it is written."""
        for identifier in [label.value for label in result.labels if label.name == _LABEL]:
            _describe(result, self._entries[identifier])


def write(record: Mapping[str, Any], folder: Path, decision_times: Mapping[str, int]) -> None:
    """Write the results of a run, all or none; the times are Unix times in milliseconds."""
    logger = AllureMemoryLogger()
    for entry in record["requirements"]:
        _report(entry, logger, decision_times.get(entry["id"], now()))
    shared_files.make_subfolder(folder)
    try:
        _write(dict(_files(logger, record)), folder)
    except OSError:
        with suppress(OSError):
            remove(folder)
        raise


def remove(folder: Path) -> None:
    """Remove the files that a run wrote to a folder, and the folder if it is then empty."""
    if not private_files.is_folder(folder):
        return
    for name in _listed(folder):
        (folder / name).unlink(missing_ok=True)
    private_files.remove_marked(folder, MANIFEST)


def is_foreign(folder: Path) -> bool:
    """Return whether the path exists and was not written by a run, such as a link or a file."""
    if not private_files.is_folder(folder):
        return os.path.lexists(folder)
    return any(folder.iterdir()) and not private_files.is_file(folder / MANIFEST)


def _listed(folder: Path) -> list[str]:
    """Return the names in the manifest that are names of result files; the manifest is not trusted."""
    if not private_files.is_file(folder / MANIFEST):
        return []
    names = (folder / MANIFEST).read_text(encoding="utf-8", errors="replace").splitlines()
    return [name for name in names if _RESULT_FILE.fullmatch(name)]


def _write(files: Mapping[str, str], folder: Path) -> None:
    """Write the files, their names first, so that the files of a killed run can be removed."""
    shared_files.write("".join(f"{name}\n" for name in files), folder / MANIFEST)
    for name, text in files.items():
        shared_files.write(text, folder / name)


def _files(logger: AllureMemoryLogger, record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each file."""
    yield from logger.attachments.items()
    for result in logger.test_cases:
        yield TEST_CASE_PATTERN.format(prefix=result["uuid"]), json.dumps(result, ensure_ascii=False)
    yield _CATEGORIES_FILE, json.dumps(_categories(), indent=1)
    yield _ENVIRONMENT_FILE, properties_text(_environment(record))


def _report(entry: Mapping[str, Any], logger: AllureMemoryLogger, stop: int) -> None:
    """Add the result of a requirement and its attachments."""
    result = TestResult(uuid=uuid4(), stop=stop)
    _describe(result, entry)
    for name, text in attachments(entry):
        source = ATTACHMENT_PATTERN.format(prefix=uuid4(), ext=AttachmentType.TEXT.extension)
        result.attachments.append(Attachment(name, source, AttachmentType.TEXT.mime_type))
        logger.report_attached_data(text, source)
    logger.report_result(result)


def _describe(result: Any, entry: Mapping[str, Any]) -> None:
    """Fill in a result from the entry of its requirement, without data about the machine."""
    epic = _EPICS[entry["operation"].partition("-")[0]]
    result.name = f"{entry['id']} {entry['sentence']}"
    result.fullName = f"{NAME}#{entry['id']}"
    result.testCaseId = result.historyId = sha256(result.fullName.encode()).hexdigest()
    result.titlePath = [epic, entry["operation"]]
    result.parameters = []
    result.status = Status.SKIPPED if is_known(entry) else _STATUSES[entry["verdict"]]
    result.statusDetails = _details(entry)
    result.description = _description(entry)
    result.labels = [Label(name, value) for name, value in _labels(entry, epic).items()]
    result.links = [Link(LinkType.LINK, address, address) for address in source_urls(entry["source"])]
    result.start = result.stop - round(1000 * entry["seconds"])


def _labels(entry: Mapping[str, Any], epic: str) -> Mapping[str, str]:
    return {
        "epic": epic,
        "feature": entry["operation"],
        "story": entry["id"],
        "severity": _SEVERITIES[entry["level"]].value,
        _LABEL: entry["id"],
        "level": entry["level"],
        "verdict": entry["verdict"],
        "parentSuite": epic,
        "suite": entry["operation"],
        "framework": "pytest",
        "language": "python",
    }


def _details(entry: Mapping[str, Any]) -> Any:
    """Return the message and the failure text of a requirement; None for a plain pass."""
    if entry["verdict"] == "passed" and not entry["reason"]:
        return None
    problems = (finding.get("problem") or finding["expected"] for finding in entry["findings"])
    summary = entry["reason"] or next(problems, "")
    verdict = f"known failure, {entry['verdict']}" if is_known(entry) else entry["verdict"]
    return StatusDetails(
        known=entry["verdict"] == "waived" or is_known(entry),
        flaky=any(finding["flaky"] for finding in entry["findings"]),
        message=sanitize_text(f"{verdict}: {summary}"),
        trace=sanitize_text(failure_text(entry)),
    )


def _description(entry: Mapping[str, Any]) -> str:
    return f"{entry['sentence']}\n\nSource: {entry['source']}\n\nObservations: {entry['observations']}"


def source_urls(source: str) -> list[str]:
    """Return the distinct URLs in a source."""
    return list(dict.fromkeys(url.rstrip(".") for url in _URL.findall(source)))


def attachments(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each attachment: each finding, followed by its exchanges in order."""
    for finding in entry["findings"]:
        yield "finding", sanitize_text(failure_text({**entry, "findings": [finding]}))
        for step in finding["steps"]:
            yield f"request {step['number']}", sanitize_text(_request(step["request"]))
            yield f"response {step['number']}", sanitize_text(_response(step))


def _request(request: Mapping[str, Any]) -> str:
    return _message(f"{request['method']} {request['target']}\n({request['credential']})", request)


def _response(step: Mapping[str, Any]) -> str:
    response = step["response"]
    if response is None:
        return f"no response: {step['failure']}"
    phrases = {status.value: status.phrase for status in HTTPStatus}
    return _message(f"{response['status']} {phrases.get(response['status'], '')}".rstrip(), response)


def _message(first_line: str, message: Mapping[str, Any]) -> str:
    """Return a request or a response as text: the first line, the headers, an empty line, the body."""
    headers = "".join(f"\n{name}: {value}" for name, value in message["headers"])
    truncated = f"\n… and {message['truncated']} more characters" if message["truncated"] else ""
    return f"{first_line}{headers}\n\n{message['body']}{truncated}"


def _categories() -> list[dict[str, Any]]:
    """Return the categories; the expressions match whole messages in Allure 2, parts of them in Allure 3."""
    return [
        {"name": name, "matchedStatuses": [_STATUSES[verdict]], "messageRegex": rf"^{verdict}: [\s\S]*$"}
        for name, verdict in _CATEGORIES.items()
    ]


def _environment(record: Mapping[str, Any]) -> dict[str, str]:
    suite = record["suite"]
    engines = {f"engine.{name}": version for name, version in suite["engines"].items()}
    return {
        "suite": f"{suite['name']} {suite['version']}",
        "spec": suite["spec"],
        "target": record["target"]["origin"],
        "profiles": ", ".join(record["profiles"]),
        "effort": record["effort"],
        "seed": "none" if record["seed"] is None else str(record["seed"]),
        **engines,
    }


def properties_text(values: Mapping[str, str]) -> str:
    """Return a Java properties file in ASCII, with all special characters escaped."""
    return "".join(f"{_property(name)}={_property(value)}\n" for name, value in values.items())


def _property(text: str) -> str:
    escaped = _TO_ESCAPE.sub(r"\\\g<0>", text)
    units = escaped.encode("utf-16-be", "surrogatepass")
    codes = (int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2))
    return "".join(chr(code) if ord(" ") <= code <= ord("~") else f"\\u{code:04x}" for code in codes)
