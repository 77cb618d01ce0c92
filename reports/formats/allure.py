"""allure-results/: a result for each requirement, in Allure's own model, and what stands in it.

A run writes them all at its end; under pytest itself allure-pytest writes each when its check is decided.
Ids are made of the requirement alone, so that a history goes on wherever and whenever the suite runs.
Texts from a target are attached as plain text, spelled out where they are not printable, and bounded.
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

from reports.files import private_files
from reports.presentation.failure_text import failure_text
from reports.presentation.sanitize import legible

NAME: Final = "conference-conformance"
FOLDER: Final = "allure-results"
MANIFEST: Final = ".conformance-output"  # the names of the files that a run wrote
_CATEGORIES_FILE: Final = "categories.json"
_ENVIRONMENT_FILE: Final = "environment.properties"
_WRITTEN: Final = re.compile(
    r"[0-9a-f-]{36}-(result\.json|attachment\.txt)|categories\.json|environment\.properties"
)
_MARK: Final = "requirement"  # the label by which a result is known
_PARTS: Final = {"VC": "Video conferences", "FCR": "Fabric conference rooms", "API": "Both"}
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
    "Our own error": "error",
}
_ADDRESS: Final = re.compile(r"https?://[^\s()<>;,\"']+")
_TO_ESCAPE: Final = re.compile(r"[\\:=#! ]")  # in a properties file


class Telling:
    """Tells allure-pytest what each check decides, and what came of it."""

    def __init__(self) -> None:
        self._entries: dict[str, Mapping[str, Any]] = {}

    def tell(self, entry: Mapping[str, Any]) -> None:
        """Attach the findings of the check that is running; the rest is told when its result is written."""
        self._entries[entry["id"]] = entry
        allure.dynamic.label(_MARK, entry["id"])
        for name, text in attachments(entry):
            allure.attach(text, name, allure.attachment_type.TEXT)

    @allure_commons.hookimpl(tryfirst=True)
    def report_result(self, result: Any) -> None:
        """Describe a result before it is written."""
        for identifier in [label.value for label in result.labels if label.name == _MARK]:
            _describe(result, self._entries[identifier])


def write(record: Mapping[str, Any], folder: Path, decided: Mapping[str, int]) -> None:
    """Write the results of a run, all or none; `decided` says when each was, in milliseconds since 1970."""
    made = AllureMemoryLogger()
    for entry in record["requirements"]:
        _report(entry, made, decided.get(entry["id"], now()))
    private_files.subfolder(folder)
    try:
        _write(dict(_files(made, record)), folder)
    except OSError:
        with suppress(OSError):
            remove(folder)
        raise


def remove(folder: Path) -> None:
    """Remove the files that a run wrote to a folder, and the folder if no others are in it."""
    if not private_files.is_folder(folder):
        return
    for name in _listed(folder):
        (folder / name).unlink(missing_ok=True)
    private_files.remove_marked(folder, MANIFEST)


def is_foreign(folder: Path) -> bool:
    """Return whether a folder was not written by a run; nor are a link or a file in its place."""
    if not private_files.is_folder(folder):
        return os.path.lexists(folder)
    return any(folder.iterdir()) and not private_files.is_file(folder / MANIFEST)


def _listed(folder: Path) -> list[str]:
    """Return the names in the manifest of a folder that a run may have written; whoever wrote it."""
    if not private_files.is_file(folder / MANIFEST):
        return []
    names = (folder / MANIFEST).read_text(encoding="utf-8", errors="replace").splitlines()
    return [name for name in names if _WRITTEN.fullmatch(name)]


def _write(files: Mapping[str, str], folder: Path) -> None:
    """Write files; their names first, so that those of a run that is killed are known as well."""
    private_files.write("".join(f"{name}\n" for name in files), folder / MANIFEST)
    for name, text in files.items():
        private_files.write(text, folder / name)


def _files(made: AllureMemoryLogger, record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each file."""
    yield from made.attachments.items()
    for told in made.test_cases:
        yield TEST_CASE_PATTERN.format(prefix=told["uuid"]), json.dumps(told, ensure_ascii=False)
    yield _CATEGORIES_FILE, json.dumps(_categories(), indent=1)
    yield _ENVIRONMENT_FILE, properties(_environment(record))


def _report(entry: Mapping[str, Any], made: AllureMemoryLogger, stop: int) -> None:
    """Have the result of a requirement made, and its attachments."""
    result = TestResult(uuid=uuid4(), stop=stop)
    _describe(result, entry)
    for name, text in attachments(entry):
        source = ATTACHMENT_PATTERN.format(prefix=uuid4(), ext=AttachmentType.TEXT.extension)
        result.attachments.append(Attachment(name, source, AttachmentType.TEXT.mime_type))
        made.report_attached_data(text, source)
    made.report_result(result)


def _describe(result: Any, entry: Mapping[str, Any]) -> None:
    """Say in a result what the entry of its requirement says, and nothing of the machine that ran it."""
    part = _PARTS[entry["operation"].partition("-")[0]]
    result.name = f"{entry['id']} {entry['sentence']}"
    result.fullName = f"{NAME}#{entry['id']}"
    result.testCaseId = result.historyId = sha256(result.fullName.encode()).hexdigest()
    result.titlePath = [part, entry["operation"]]
    result.parameters = []
    result.status = _STATUSES[entry["verdict"]]
    result.statusDetails = _details(entry)
    result.description = _description(entry)
    result.labels = [Label(name, value) for name, value in _labels(entry, part).items()]
    result.links = [Link(LinkType.LINK, address, address) for address in addresses(entry["source"])]
    result.start = result.stop - round(1000 * entry["seconds"])


def _labels(entry: Mapping[str, Any], part: str) -> Mapping[str, str]:
    return {
        "epic": part,
        "feature": entry["operation"],
        "story": entry["id"],
        "severity": _SEVERITIES[entry["level"]].value,
        _MARK: entry["id"],
        "level": entry["level"],
        "verdict": entry["verdict"],
        "parentSuite": part,
        "suite": entry["operation"],
        "framework": "pytest",
        "language": "python",
    }


def _details(entry: Mapping[str, Any]) -> Any:
    """Return the headline, and all that is told of a requirement that was not kept."""
    if entry["verdict"] == "passed" and not entry["reason"]:
        return None
    told = entry["reason"] or next((each["expected"] for each in entry["findings"]), "")
    return StatusDetails(
        known=entry["verdict"] == "waived",
        flaky=any(finding["flaky"] for finding in entry["findings"]),
        message=legible(f"{entry['verdict']}: {told}"),
        trace=legible(failure_text(entry)),
    )


def _description(entry: Mapping[str, Any]) -> str:
    return f"{entry['sentence']}\n\nSource: {entry['source']}\n\nObservations: {entry['observations']}"


def addresses(source: str) -> list[str]:
    """Return each address that a source names, once."""
    return list(dict.fromkeys(found.rstrip(".") for found in _ADDRESS.findall(source)))


def attachments(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield name and text of what shows a requirement broken: each finding, then its exchanges in order."""
    for finding in entry["findings"]:
        yield "finding", legible(failure_text({**entry, "findings": [finding]}))
        for step in finding["steps"]:
            yield f"request {step['number']}", legible(_request(step["request"]))
            yield f"response {step['number']}", legible(_response(step))


def _request(request: Mapping[str, Any]) -> str:
    return _message(f"{request['method']} {request['target']}\n({request['credential']})", request)


def _response(step: Mapping[str, Any]) -> str:
    response = step["response"]
    if response is None:
        return f"no answer: {step['failure']}"
    known = {each.value: each.phrase for each in HTTPStatus}
    return _message(f"{response['status']} {known.get(response['status'], '')}".rstrip(), response)


def _message(first: str, message: Mapping[str, Any]) -> str:
    """Return a request or a response as it is written on paper: the first line, headers, a gap, the body."""
    headers = "".join(f"\n{name}: {value}" for name, value in message["headers"])
    cut = f"\n… and {message['cut']} characters more" if message["cut"] else ""
    return f"{first}{headers}\n\n{message['body']}{cut}"


def _categories() -> list[dict[str, Any]]:
    """Return the kinds of what is wrong; the expressions match whole messages in Allure 2, parts in 3."""
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


def properties(values: Mapping[str, str]) -> str:
    """Return a Java properties file in ASCII, with all escaped that could be read as something else."""
    return "".join(f"{_property(name)}={_property(value)}\n" for name, value in values.items())


def _property(text: str) -> str:
    escaped = _TO_ESCAPE.sub(r"\\\g<0>", text)
    units = escaped.encode("utf-16-be", "surrogatepass")
    codes = (int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2))
    return "".join(chr(code) if ord(" ") <= code <= ord("~") else f"\\u{code:04x}" for code in codes)
