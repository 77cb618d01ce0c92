"""Description of one finding of a record, for the files that reproduce it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

from conformance.results.reproduction.python_text import UndecidableError, assertion_expression
from reports.presentation.sanitize import escape_unprintable, truncate

SCHEMA_VERSION: Final = 1  # of finding.json: incremented when a member is removed or changes its meaning
_DIGEST_LENGTH: Final = 8  # characters
_MAX_TEXT: Final = 500  # characters of a text from a target
_UNKNOWN: Final = (UndecidableError, LookupError, TypeError, ValueError, AttributeError, RecursionError)


@dataclass(frozen=True)
class Description:
    """A finding with its requirement and root cause; `number` counts the findings of one requirement."""

    record: Mapping[str, Any]
    entry: Mapping[str, Any]
    finding: Mapping[str, Any]
    number: int

    @property
    def id(self) -> str:
        """Return the id: the requirement and a digest of the root cause, the same in every run."""
        digest = sha256(self.cause.encode(errors="surrogatepass")).hexdigest()[:_DIGEST_LENGTH]
        return f"{self.entry['id']}-{digest}" + (f"-{self.number}" if self.number > 1 else "")

    @property
    def cause(self) -> str:
        """Return the root cause; the id of the requirement if the record states none."""
        if "cause" in self.finding:
            return str(self.finding["cause"])
        for cause in self.record["causes"]:
            if self.entry["id"] in (cause["primary"], *cause["related"]):
                return str(cause["cause"])
        return str(self.entry["id"])

    @property
    def reproduction(self) -> Mapping[str, Any]:
        """Return the steps and the assertion."""
        data: Mapping[str, Any] = self.finding["reproduction"]
        return data

    @cached_property
    def text(self) -> str:
        """Return the steps as JSON."""
        return json.dumps(self.reproduction["groups"])

    @cached_property
    def assertion_text(self) -> str:
        """Return the assertion as JSON."""
        return json.dumps(self.reproduction["assertion"])

    @property
    def assertion(self) -> Mapping[str, Any]:
        """Return the assertion; an empty one if there is none that a program can decide."""
        assertion: Mapping[str, Any] = self.reproduction["assertion"] or {}
        rule, value = assertion.get("rule"), assertion.get("value")
        if rule in {"status-in", "status-not-in"}:
            is_decidable = isinstance(value, list) and all(type(status) is int for status in value)
        elif rule in {"media-type", "header"}:
            is_decidable = isinstance(value, str)
        else:
            is_decidable = rule in {"json", "one-success"} or self.expression is not None
        return assertion if is_decidable else {}

    @property
    def address(self) -> str:
        """Return scheme, host and port of the target."""
        parts = urlsplit(self.record["target"]["origin"])
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def expected(self) -> str:
        """Return what the check expected, on one line."""
        return _line(self.finding["expected"])

    @property
    def received(self) -> str:
        """Return the response of the run, on one line."""
        return _line(self.finding["received"])

    @property
    def comparison(self) -> tuple[str, str]:
        """Return what to compare with what, if only a reader can decide it."""
        return (
            f"compare the last response; expected: {self.expected}",
            f"received in the run: {self.received}",
        )

    @cached_property
    def expression(self) -> str | None:
        """Return the Python expression of an assertion on a body; None if there is none."""
        assertion = self.reproduction["assertion"]
        try:
            return assertion_expression(assertion) if assertion else None
        except _UNKNOWN:
            return None

    def lines(self) -> Iterator[str]:
        """Yield the sentence of the requirement, and what was expected, wrong and received."""
        yield f"{self.entry['id']} ({self.entry['level']}): {_line(self.entry['sentence'])}"
        if self.finding.get("problem"):
            yield f"Problem: {_line(self.finding['problem'])}"
        yield f"Expected: {self.expected}"
        yield f"Received: {self.received}"
        if self.reproduction["note"]:
            yield f"Note: {_line(self.reproduction['note'])}"
        if self.reproduction["assertion"] and self.reproduction["assertion"]["rule"] == "one-success":
            yield "Note: it depends on timing; a single run may not show it."

    def data(self) -> dict[str, Any]:
        """Return the content of finding.json."""
        members = ("id", "level", "verdict", "reason", "sentence", "source", "operation")
        return {
            "schema_version": SCHEMA_VERSION,
            "id": self.id,
            "requirement": {name: self.entry[name] for name in members},
            "cause": self.cause,
            "target": self.record["target"],
            "base_paths": self.record.get("options", {}).get("base_paths", {}),
            "suite": self.record["suite"],
            "started": self.record["started"],
            "finding": self.finding,
        }


def _line(text: str) -> str:
    return truncate(escape_unprintable(text), _MAX_TEXT)
