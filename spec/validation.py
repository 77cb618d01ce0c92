r"""Validators for schemas, resources and error envelopes.

Two things differ from jsonschema out of the box: formats are checked, and patterns are those of ECMA-262,
where `$` matches at the very end only and `\d` and `\w` are ASCII.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, TypeChecker, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from spec import formats
from spec.data_files import NAMES, inlined

_FORMATS = {
    "date-time": formats.is_date_time,
    "date": formats.is_date,
    "uuid": formats.is_uuid,
    "uri": formats.is_uri,
}
_SCALARS = (str, int, float, bool, type(None))
_MOST_SCALARS = 3_000  # values that are remembered
_SHORT = 100  # characters of a text that is
# An escaped character, a class, or a dollar sign that is neither.
_DOLLAR = re.compile(r"(\\.|\[(?:\\.|[^\]\\])*\])|\$", re.DOTALL)


def validator(schema: Mapping[str, Any]) -> Validator:
    """Return the validator of a schema, made once for each schema object."""
    return _validator(_Same(schema))


def errors(schema: Mapping[str, Any], instance: Any) -> list[ValidationError]:
    """Return all that is wrong with the instance, in the order of the schema."""
    if isinstance(instance, _SCALARS) and not (isinstance(instance, str) and len(instance) > _SHORT):
        return list(_errors_of_scalar(_Same(schema), type(instance).__name__, instance))
    return list(validator(schema).iter_errors(instance))


def first_error(schema: Mapping[str, Any], document: Any) -> ValidationError | None:
    """Return what is wrong first with a document of this suite; 1.0 is not an integer there.

    A hostile document may be wrong in a million places; no more than one of them is looked for.
    """
    return next(_document_validator(_Same(schema)).iter_errors(document), None)


def members_of(broken: Iterable[ValidationError]) -> frozenset[str]:
    """Return the members of an object that errors are about, missing ones included."""
    return frozenset(name for error in broken for name in _members(error))


def matches(pattern: str, text: str) -> bool:
    """Tell whether an ECMA-262 pattern matches somewhere in the text."""
    return _compiled(pattern).search(text) is not None


@cache
def resources() -> Mapping[str, Mapping[str, Any]]:
    """Return the schemas of the resources by id: VC-CONF, VC-SESSION, FCR-RES, FCR-ROOM."""
    return {schema["x-id"]: schema for schema in _components() if "x-id" in schema}


@cache
def envelopes() -> Mapping[int, Mapping[str, Any]]:
    """Return the schemas of the error bodies by status."""
    return {schema["x-envelope"]: schema for schema in _components() if "x-envelope" in schema}


@cache
def _components() -> tuple[Mapping[str, Any], ...]:
    return tuple(schema for name in NAMES for schema in inlined(name)["components"]["schemas"].values())


def tolerant(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema with what its x-tolerates lets pass, at every depth."""
    softened = {key: _tolerant(value) for key, value in schema.items() if key != "x-tolerates"}
    if "x-tolerates" not in schema:
        return softened
    return {"anyOf": [softened, schema["x-tolerates"]]}


def _tolerant(value: Any) -> Any:
    if isinstance(value, list):
        return [_tolerant(item) for item in value]
    return tolerant(value) if isinstance(value, dict) else value


class _Same:
    """A key that equals only the very same schema, and keeps it alive."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.schema is other.schema

    def __hash__(self) -> int:
        return id(self.schema)


@lru_cache(maxsize=_MOST_SCALARS)
def _errors_of_scalar(key: _Same, _kind: str, instance: Any) -> tuple[ValidationError, ...]:
    """Remember what is wrong with a value: most members have few, and they are judged again and again."""
    return tuple(_validator(key).iter_errors(instance))


@lru_cache(maxsize=1024)
def _validator(key: _Same) -> Validator:
    return _class()(dict(key.schema), format_checker=_checker())


@lru_cache(maxsize=16)
def _document_validator(key: _Same) -> Validator:
    types = Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer)
    strict: type[Validator] = extend(_class(), type_checker=types)
    return strict(dict(key.schema), format_checker=_checker())


def _is_integer(_checker: TypeChecker, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


@cache
def _class() -> type[Validator]:
    extended: type[Validator] = extend(Draft202012Validator, {"pattern": _pattern})
    return extended


@cache
def _checker() -> FormatChecker:
    checker = FormatChecker(formats=())
    for name, check in _FORMATS.items():
        checker.checks(name)(lambda value, check=check: not isinstance(value, str) or check(value))
    return checker


def _pattern(
    _validator: Validator,
    pattern: str,
    instance: object,
    _schema: Mapping[str, Any],
) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not matches(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(_DOLLAR.sub(lambda match: match[1] or r"\Z", pattern), re.ASCII)


def _members(error: ValidationError) -> Iterator[str]:
    if error.absolute_path:
        yield str(error.absolute_path[0])
    elif error.validator == "required" and isinstance(error.instance, dict):
        yield from (name for name in _listed(error.validator_value) if name not in error.instance)


def _listed(value: object) -> list[str]:
    return value if isinstance(value, list) else []
