"""Reading of finding.json, which may come from an untrusted source."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from conformance.finding_replay.recorded_step import InvalidStepError, RecordedStep, recorded_groups
from conformance.results.reproduction import finding_folders
from conformance.results.reproduction.description import SCHEMA_VERSION
from reports.files import input_files, private_files
from reports.files.input_files import InputFileError
from reports.presentation.sanitize import escape_unprintable, truncate
from spec.catalogue import catalogue
from spec.data_files import results_schema
from spec.validation import first_validation_error

_MAX_BYTES: Final = 16 * 1024 * 1024
_MAX_FINDINGS: Final = 5_000  # in one folder
_MAX_PROBLEM: Final = 300  # characters
_SUBFOLDERS: Final = (".", finding_folders.FOLDER)  # of a path, in which there may be folders of findings


class InvalidFindingError(InputFileError):
    """A file is not a finding that can be sent again; the message names the file and the reason."""


@dataclass(frozen=True)
class RecordedFinding:
    """A finding with the requests that show it, and what a conforming response satisfies."""

    folder: Path
    id: str
    requirement: str
    level: str
    sentence: str
    cause: str
    origin: str  # of the target of the run
    is_of_reference: bool  # whether that was the built-in reference server
    groups: Sequence[Sequence[RecordedStep]]  # requests; those of one group are sent at the same time
    assertion: Mapping[str, Any] | None
    status: int | None  # of the last response of the run; None if there was none
    texts: Mapping[str, str]  # problem, expected and received

    @property
    def steps(self) -> Sequence[RecordedStep]:
        """Return the requests in their order."""
        return [step for group in self.groups for step in group]

    @property
    def is_race(self) -> bool:
        """Return whether the finding depends on the timing of requests."""
        return any(len(group) > 1 for group in self.groups)

    @property
    def profiles(self) -> frozenset[str]:
        """Return the profiles whose collections the requests address."""
        return frozenset(step.profile for step in self.steps)


def finding_files(path: Path) -> list[Path]:
    """Return the finding.json files that a path stands for, in their order.

    The path is a finding, a folder with findings, or the output folder of a run or of a fuzz campaign. Links
    below it are not followed. Raise InvalidFindingError if there is no finding.
    """
    if not input_files.is_folder(path):
        if path.name == finding_folders.DESCRIPTION and input_files.exists(path):
            return [path]
        raise InvalidFindingError(
            f"{path} is neither a folder nor a {finding_folders.DESCRIPTION}; specify the folder of a "
            "finding, or the output directory of a run"
        )
    if private_files.is_file(path / finding_folders.DESCRIPTION):
        return [path / finding_folders.DESCRIPTION]
    found = list(_files_below(path))
    if not found:
        raise InvalidFindingError(
            f"{path} contains no findings; specify the folder of a finding, or the output directory of a run "
            "that had findings"
        )
    if len(found) > _MAX_FINDINGS:
        raise InvalidFindingError(f"{path} contains more than {_MAX_FINDINGS:,} findings")
    return found


def read_finding(path: Path) -> RecordedFinding:
    """Return the finding in a file; raise InvalidFindingError if it is not valid."""
    try:
        data = input_files.parse_json(input_files.read_bytes(path, limit=_MAX_BYTES, follow_links=False))
        return _finding(path, data)
    except InputFileError as error:
        raise InvalidFindingError(_short(str(error))) from None
    except (InvalidStepError, ValueError, RecursionError) as error:
        raise InvalidFindingError(f"{path} is not a finding of a run: {_short(str(error))}") from None


def _files_below(path: Path) -> Iterator[Path]:
    """Yield the files of the findings in a folder, in its findings, and in those of its rounds."""
    try:
        rounds = sorted(child for child in path.iterdir() if child.name.startswith("round-"))
        for folder in (path, *filter(private_files.is_folder, rounds)):
            for subfolder in _SUBFOLDERS:
                yield from _files_in(folder / subfolder)
    except OSError as error:
        raise InvalidFindingError(f"{path} cannot be read: {error.strerror}") from None


def _files_in(folder: Path) -> Iterator[Path]:
    if not private_files.is_folder(folder):
        return
    for child in sorted(folder.iterdir()):
        if private_files.is_folder(child) and private_files.is_file(child / finding_folders.DESCRIPTION):
            yield child / finding_folders.DESCRIPTION


def _finding(path: Path, data: Any) -> RecordedFinding:
    version = data.get("schema_version") if isinstance(data, dict) else None
    if version != SCHEMA_VERSION:
        raise ValueError(f"schema_version is {version!r}; this suite reads {SCHEMA_VERSION}")
    error = first_validation_error(_schema(), data)
    if error is not None:
        place = "/".join(map(str, error.absolute_path)) or "the object"
        rule = f"does not match the rule {error.validator}"  # a long message repeats the value
        raise ValueError(f"{place}: {error.message if len(error.message) < _MAX_PROBLEM else rule}")
    entry, finding = data["requirement"], data["finding"]
    known = catalogue().get(entry["id"])
    reproduction = finding["reproduction"]
    return RecordedFinding(
        folder=path.parent,
        id=data["id"],
        requirement=entry["id"],
        level=str(known.level) if known else entry["level"],
        sentence=known.sentence if known else entry["sentence"],
        cause=data["cause"],
        origin=data["target"]["origin"],
        is_of_reference=data["target"]["reference"],
        groups=recorded_groups(data["target"]["origin"], data["base_paths"], reproduction["groups"]),
        assertion=reproduction["assertion"],
        status=reproduction["status"],
        texts={name: finding.get(name, "") for name in ("problem", "expected", "received")},
    )


@cache
def _schema() -> Mapping[str, Any]:
    """Return the JSON Schema of finding.json; its finding is that of results.json."""
    text = {"type": "string", "maxLength": 100_000}
    path = {"type": "string", "pattern": "^(/[!-~]*)?$", "maxLength": 1_000}
    return {
        "$defs": {
            **results_schema()["$defs"],
            "replayable": {"type": "object", "required": ["reproduction", "expected", "received"]},
        },
        "type": "object",
        "required": ["id", "requirement", "cause", "target", "base_paths", "finding"],
        "properties": {
            "id": {"type": "string", "pattern": f"^{finding_folders.ID_PATTERN}$", "maxLength": 200},
            "requirement": {
                "type": "object",
                "required": ["id", "level", "sentence"],
                "properties": {
                    "id": {"type": "string", "pattern": "^[A-Z0-9]+(-[A-Z0-9]+)*$", "maxLength": 200},
                    "level": {"enum": ["must", "should", "may"]},
                    "sentence": text,
                },
            },
            "cause": text,
            "target": {
                "type": "object",
                "required": ["origin", "reference"],
                "properties": {
                    "origin": {"type": "string", "maxLength": 2_000},
                    "reference": {"type": "boolean"},
                },
            },
            "base_paths": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"video": path, "fabric": path},
            },
            "finding": {"allOf": [{"$ref": "#/$defs/finding"}, {"$ref": "#/$defs/replayable"}]},
        },
    }


def _short(text: str) -> str:
    return escape_unprintable(truncate(text, _MAX_PROBLEM))
