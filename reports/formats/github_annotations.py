"""Annotations of GitHub Actions: workflow commands that show what failed beside the log of a step.

GitHub shows 10 errors and 10 warnings of a step and discards the others, which are counted in a notice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from reports.presentation import views, waiver_messages
from reports.presentation.failure_text import finding_fields
from reports.presentation.known_failures import is_known
from reports.presentation.sanitize import escape_unprintable, sanitize_text, truncate
from reports.records.exit_codes import Decision, leaves_run_undecided
from reports.records.overall_status import count_with_noun, overall_status

ERROR, WARNING, NOTICE = "error", "warning", "notice"
_MAX_ANNOTATIONS: Final = 10  # of each kind
_MAX_TITLE: Final = 200  # characters
_MAX_MESSAGE: Final = 10_000  # characters
_MAX_FIELD: Final = 1_000  # characters of a part of a finding
_MAX_IDS: Final = 5
_NAME: Final = "conference-conformance"
_FIELDS: Final = ("problem", "sent", "expected", "received", "source", "rerun")
_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


@dataclass(frozen=True)
class Annotation:
    """An error, a warning or a notice with a title and a message of one or more lines."""

    kind: str
    title: str
    message: str

    def command(self) -> str:
        """Return the workflow command, in which no text can end the command or begin another one."""
        title = escape_unprintable(truncate(self.title, _MAX_TITLE))
        message = sanitize_text(self.message, _MAX_MESSAGE)
        return f"::{self.kind} title={title.translate(_PROPERTY)}::{message.translate(_DATA)}"


def commands(record: Mapping[str, Any], details: str) -> list[str]:
    """Return the workflow commands of a record; `details` is where the annotations beyond the limits are."""
    errors, warnings = list(_errors(record)), list(_warnings(record))
    counted = [*errors[:_MAX_ANNOTATIONS], *warnings[:_MAX_ANNOTATIONS]]
    omitted = [
        count_with_noun(len(annotations) - _MAX_ANNOTATIONS, f"more {annotations[0].kind}")
        for annotations in (errors, warnings)
        if len(annotations) > _MAX_ANNOTATIONS
    ]
    if omitted:
        counted.append(Annotation(NOTICE, _NAME, f"{' and '.join(omitted)}: see {details}"))
    return [annotation.command() for annotation in counted]


def _errors(record: Mapping[str, Any]) -> Iterator[Annotation]:
    """Yield what makes the exit code of the run a failure, the most important first."""
    if not record["footer"]["complete"]:
        title = f"{_NAME}: {overall_status(record)}"
        yield Annotation(ERROR, title, next(iter(record["notes"]), "The run did not complete."))
    for requirement in _violated(record, "failed"):
        yield _of_requirement(ERROR, requirement)
    for requirement in views.with_verdict(record, "error"):
        yield _of_requirement(ERROR, requirement)
    for reason, requirements in views.undecided(record).items():
        ids = [entry["id"] for entry in requirements if _leaves_run_undecided(entry, record)]
        if ids:
            yield Annotation(ERROR, f"inconclusive: {_listed(ids)}", reason)
    for line in waiver_messages.failing_waiver_lines(record["waivers"]):
        yield Annotation(ERROR, f"{_NAME}: waiver", line)
    if record["leftovers"] and not record.get("leftovers_allowed"):
        number = count_with_noun(len(record["leftovers"]), "leftover resource")
        yield Annotation(ERROR, f"{_NAME}: clean-up incomplete", f"{number} could not be deleted")


def _warnings(record: Mapping[str, Any]) -> Iterator[Annotation]:
    for requirement in _violated(record, "warned"):
        yield _of_requirement(WARNING, requirement)


def _violated(record: Mapping[str, Any], verdict: str) -> list[Mapping[str, Any]]:
    """Return the requirements with a verdict: first the clearest of each root cause, then the others.

    Known failures are left out.
    """
    causes = [cause for kind in ("failed", "warned") for cause in views.causes(record, kind)]
    primary = [cause.primary for cause in causes]
    related = [requirement for cause in causes for requirement in cause.related]
    violated = [requirement for requirement in (*primary, *related) if requirement["verdict"] == verdict]
    return [requirement for requirement in violated if not is_known(requirement)]


def _of_requirement(kind: str, requirement: Mapping[str, Any]) -> Annotation:
    fields = {
        label: text
        for finding in requirement["findings"][:1]
        for label, text in finding_fields(requirement, finding)
        if label in _FIELDS
    }
    if requirement["reason"]:
        fields["reason"] = requirement["reason"]
    lines = [f"{label}: {truncate(text, _MAX_FIELD)}" for label, text in fields.items()]
    message = "\n".join((truncate(requirement["sentence"], _MAX_FIELD), *lines))
    return Annotation(kind, f"{requirement['id']} ({requirement['level']})", message)


def _leaves_run_undecided(requirement: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    decision = Decision(
        requirement["verdict"], requirement["level"], requirement["reason"], known=is_known(requirement)
    )
    return leaves_run_undecided(decision, read_only=bool(record.get("read_only")))


def _listed(ids: list[str]) -> str:
    more = f" and {len(ids) - _MAX_IDS} more" if len(ids) > _MAX_IDS else ""
    return f"{', '.join(ids[:_MAX_IDS])}{more}"
