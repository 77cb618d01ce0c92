"""Python expressions for the texts and the assertion of a reproduction.

The expressions use the JSON bodies `body` and `earlier`, and one name for each variable. Everything that
comes from a record is written as a literal.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE

_NAMES: Final = {PROJECT_VARIABLE: "PROJECT", TOKEN_VARIABLE: "TOKEN", "RUN": "RUN"}
_VARIABLE: Final = re.compile(r"RUN|(ID|NAME)\d+|SIGNALWIRE_(PROJECT_ID|API_TOKEN)", re.ASCII)
_TYPES: Final = {
    "string": "isinstance({}, str)",
    "null": "{} is None",
    "boolean": "isinstance({}, bool)",
    "integer": "type({}) is int",
    "number": "type({}) in (int, float)",
    "array": "isinstance({}, list)",
    "object": "isinstance({}, dict)",
}
_FORMATS: Final = {
    "date-time": r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)",
    "uuid": r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
    "uri": r"[A-Za-z][A-Za-z0-9+.-]*:\S+",
}
_LIMITS: Final = {
    "maxLength": "len({}) <= {}",
    "minLength": "len({}) >= {}",
    "maxItems": "len({}) <= {}",
    "minItems": "len({}) >= {}",
    "maximum": "{} <= {}",
    "minimum": "{} >= {}",
    "enum": "{} in {}",
    "const": "{} == {}",
}
INSTANT: Final = '''
def instant(text: object) -> object:
    """Return the second of an RFC 3339 date-time or of a date; any other value as it is."""
    try:
        moment = datetime.datetime.fromisoformat(str(text).upper().replace("Z", "+00:00"))
    except ValueError:
        return text
    return int(moment.replace(tzinfo=moment.tzinfo or datetime.timezone.utc).timestamp())
'''


class UndecidableError(ValueError):
    """A program that uses only the standard library cannot decide the assertion."""


def name_of(variable: str) -> str:
    """Return the Python name for a variable of a reproduction."""
    if not _VARIABLE.fullmatch(variable):
        raise UndecidableError(variable)
    return _NAMES.get(variable, variable.lower())


def text_expression(pieces: Sequence[Any]) -> str:
    """Return the expression for a text; bytes if a part of it is not text."""
    is_bytes = any(isinstance(piece, dict) and "base64" in piece for piece in pieces)
    if is_bytes:
        return " + ".join(repr(base64.b64decode(piece["base64"])) for piece in pieces)
    return " + ".join(_piece(piece) for piece in pieces) or '""'


def value_expression(value: Any) -> str:
    """Return the expression for a JSON value, whose strings may contain variables."""
    if isinstance(value, dict) and value.keys() == {"$text"}:
        return text_expression(value["$text"])
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name!r}: {value_expression(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(value_expression, value))}]"
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return f"float({str(value)!r})"
    return repr(value)


def assertion_expression(assertion: Mapping[str, Any]) -> str:
    """Return the expression that is true if `body` satisfies an assertion on the body."""
    path, rule = assertion.get("path", []), assertion["rule"]
    value, wrap = _indexed("body", path), _wrapper(assertion.get("comparison"))
    match rule:
        case "one-of" | "none-of":
            alternatives = [wrap(value_expression(item)) for item in assertion["value"]]
            return _membership(wrap(value), alternatives, negated=rule == "none-of")
        case "equal" | "different":
            sign = "==" if rule == "equal" else "!="
            return f"{wrap(value)} {sign} {wrap(_indexed('earlier', assertion.get('step_path', [])))}"
        case "present" | "absent":
            sign = "in" if rule == "present" else "not in"
            return f"{path[-1]!r} {sign} {_indexed('body', path[:-1])}"
        case "falsy":
            return f"not {_indexed('body', path[:-1])}.get({path[-1]!r})"
        case "schema":
            return _schema_expression(value, assertion["value"])
    raise UndecidableError(rule)


def needs_instant(assertion: Mapping[str, Any]) -> bool:
    """Return whether the expression of an assertion calls `instant`."""
    return assertion.get("comparison") == "instant"


def _piece(piece: Any) -> str:
    if isinstance(piece, str):
        return repr(piece)
    if "variable" in piece:
        return name_of(piece["variable"])
    return f"{piece['repeat']!r} * {int(piece['count'])}"


def _indexed(name: str, path: Sequence[str | int]) -> str:
    return name + "".join(f"[{step!r}]" for step in path)


def _membership(value: str, alternatives: Sequence[str], *, negated: bool) -> str:
    if len(alternatives) != 1:
        return f"{value} {'not in' if negated else 'in'} [{', '.join(alternatives)}]"
    [alternative] = alternatives
    if alternative in {"None", "True", "False"}:
        return f"{value} {'is not' if negated else 'is'} {alternative}"
    return f"{value} {'!=' if negated else '=='} {alternative}"


def _wrapper(comparison: str | None) -> Any:
    templates = {"instant": "instant({})", "letter-case": "str({}).lower()"}
    return templates.get(comparison or "", "{}").format


def _schema_expression(value: str, schema: Mapping[str, Any]) -> str:
    """Return the expression that is true for a value that a schema permits."""
    terms = [
        _keyword_expression(value, keyword, limit)
        for keyword, limit in schema.items()
        if not keyword.startswith("x-") and keyword not in {"description", "title", "default", "example"}
    ]
    return " and ".join(terms) or "True"


def _keyword_expression(value: str, keyword: str, limit: Any) -> str:
    if keyword in _LIMITS:
        return _LIMITS[keyword].format(value, repr(limit))
    if keyword == "type":
        return _any([_TYPES[name].format(value) for name in ([limit] if isinstance(limit, str) else limit)])
    if keyword == "required":
        return " and ".join(f"{name!r} in {value}" for name in limit)
    if keyword == "anyOf":
        return _any([f"({_schema_expression(value, node)})" for node in limit])
    if keyword == "pattern":
        at_end = re.sub(r"(?<!\\)\$$", r"\\Z", limit)  # unlike $, not before a line break
        return f"re.search({at_end!r}, {value})"
    if keyword == "format":
        return f"re.fullmatch({_FORMATS[limit]!r}, {value})"
    raise UndecidableError(keyword)


def _any(terms: Sequence[str]) -> str:
    return terms[0] if len(terms) == 1 else f"({' or '.join(terms)})"
