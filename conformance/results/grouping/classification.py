"""Classification of the outcome of a check by its symptom."""

from dataclasses import replace

from conformance.results.grouping.create_symptoms import of_create
from conformance.results.grouping.relation_symptoms import of_relation
from conformance.results.grouping.response_symptoms import (
    of_credentials,
    of_error_body,
    of_media_type,
    of_missing_success,
    of_status,
)
from conformance.results.grouping.returned_member_symptoms import of_returned_member
from conformance.results.grouping.symptom import BY_SCHEMATHESIS, Symptom
from conformance.results.verdict import Outcome


def symptom_of(outcome: Outcome) -> Symptom:
    """Return the symptom of an outcome with a finding."""
    for classify in (
        of_missing_success,
        of_credentials,
        of_error_body,
        of_media_type,
        of_returned_member,
        of_relation,
        of_create,
    ):
        found = classify(outcome, outcome.findings[0].exchange)
        if found is not None:
            return replace(found, weak=True) if outcome.requirement.id.endswith(BY_SCHEMATHESIS) else found
    return of_status(outcome, outcome.findings[0].exchange)


def symptom_text(outcome: Outcome) -> str:
    """Return the symptom of an outcome as text: its area and what it shows, without the values of the run."""
    found = symptom_of(outcome)
    return f"{found.area.name.lower().replace('_', '-')}: {found.text}"
