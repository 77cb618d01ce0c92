"""Reproduction of a finding as data of the run record, from which its script and its test are written.

A text is a list of pieces: strings, variables such as `ID1`, repeated strings and bytes in base64.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from conformance.config.target import Target
from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from conformance.http.exchange import Exchange, Request
from conformance.redaction.redactor import RedactFunction
from conformance.results.reproduction.steps import Step, reproduction_steps
from conformance.results.verdict import Finding

RUN: Final = "RUN"  # the variable with the part of all names that differs from run to run
_RUN_PREFIX: Final = re.compile(r"(?<=cc-)[0-9a-f]{8}(?=-)")
_REPEATED: Final = re.compile(r"(.{1,40}?)\1{19,}", re.DOTALL)
_MIN_REPEATED: Final = 200  # characters of a repetition that is written as one
_MIN_ID_LENGTH: Final = 8  # characters of a value that is replaced wherever it occurs
Piece = str | dict[str, Any]


def reproduction_data(
    target: Target, finding: Finding, exchanges: Sequence[Exchange], redactor: RedactFunction
) -> dict[str, Any]:
    """Return the steps of a finding, its assertion and what is created, without secrets."""
    reproduction = reproduction_steps(exchanges, supports_delete=target.supports_delete)
    encoder = _Encoder(target, redactor)
    steps = reproduction.steps
    assertion = finding.assertion.data([step.exchange for step in steps]) if finding.assertion else None
    known = {value: name for step in steps for value, name in step.variables.items()}
    exchange = finding.exchange
    return {
        "groups": [[encoder.step(step) for step in group] for group in reproduction.groups],
        "created": {redactor(path): list(names) for path, names in reproduction.created.items()},
        "assertion": assertion and encoder.assertion(assertion, known),
        "status": exchange.status,
        "note": redactor(finding.explanation.note),
    }


class _Encoder:
    def __init__(self, target: Target, redactor: RedactFunction) -> None:
        self._redact = redactor
        self._secrets = {target.account.token: TOKEN_VARIABLE, target.account.project: PROJECT_VARIABLE}

    def step(self, step: Step) -> dict[str, Any]:
        request = step.exchange.request
        return {
            "method": request.method,
            "target": self._target(request, step.variables),
            "credential": request.credential.label,
            "headers": [[name, self._redact(value)] for name, value in request.headers],
            "body": self._body(request.body, step.variables),
            "number": step.number,
            "name": step.has_generated_name,
        }

    def assertion(self, assertion: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
        """Return an assertion whose strings are texts of pieces, as far as they have variables."""
        return {name: self._value(value, variables) for name, value in assertion.items()}

    def _value(self, value: Any, variables: Mapping[str, str]) -> Any:
        if isinstance(value, str):
            pieces = self._pieces(value, {known: name for known, name in variables.items() if known == value})
            return pieces[0] if len(pieces) == 1 and isinstance(pieces[0], str) else {"$text": pieces}
        if isinstance(value, list | tuple):
            return [self._value(item, variables) for item in value]
        if isinstance(value, dict):
            return {name: self._value(item, variables) for name, item in value.items()}
        return value

    def _target(self, request: Request, variables: Mapping[str, str]) -> list[Piece]:
        path, mark, query = request.target.partition("?")
        collection, slash, identifier = path.rpartition("/")
        if identifier in variables:
            variable: Piece = {"variable": variables[identifier]}
            return [*self._pieces(collection + slash, {}), variable, *self._pieces(mark + query, {})]
        return self._pieces(request.target, {})

    def _body(self, body: bytes, variables: Mapping[str, str]) -> list[Piece]:
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return [{"base64": base64.b64encode(body).decode()}]
        quoted = {json.dumps(value, ensure_ascii=False)[1:-1]: name for value, name in variables.items()}
        return self._pieces(text, {value: name for value, name in quoted.items() if value})

    def _pieces(self, text: str, variables: Mapping[str, str]) -> list[Piece]:
        """Return the pieces of a text; the redacted text if it contains a secret of another kind."""
        pieces: Iterable[Piece] = [text] if text else []
        for value, name in (*self._secrets.items(), *variables.items()):
            pattern = re.escape(value) if len(value) >= _MIN_ID_LENGTH else f'(?<="){re.escape(value)}(?=")'
            pieces = _replaced(pieces, re.compile(pattern), name)
        pieces = _replaced(pieces, _RUN_PREFIX, RUN)
        found = [piece for one in pieces for piece in (_repeated(one) if isinstance(one, str) else [one])]
        return [self._redact(piece) if isinstance(piece, str) else piece for piece in found]


def _replaced(pieces: Iterable[Piece], pattern: re.Pattern[str], variable: str) -> Iterator[Piece]:
    """Yield the pieces, with the variable in place of each match in a string."""
    for piece in pieces:
        if not isinstance(piece, str):
            yield piece
            continue
        end = 0
        for match in pattern.finditer(piece):
            if match.start() > end:
                yield piece[end : match.start()]
            yield {"variable": variable}
            end = match.end()
        if end < len(piece):
            yield piece[end:]


def _repeated(text: str) -> Iterator[Piece]:
    """Yield the pieces of a string; a part that repeats is one piece."""
    end = 0
    for match in _REPEATED.finditer(text):
        if len(match[0]) >= _MIN_REPEATED:
            if match.start() > end:
                yield text[end : match.start()]
            yield {"repeat": match[1], "count": len(match[0]) // len(match[1])}
            end = match.end()
    if end < len(text):
        yield text[end:]
