r"""Validators for schemas, resources and error envelopes.

Unlike plain jsonschema, formats are checked, and patterns are those of ECMA-262: `$` matches only at the very
end, and `\d` and `\w` are ASCII.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, TypeChecker, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from spec import formats
from spec.data_files import NAMES, dereferenced

_FORMATS = {
    "date-time": formats.is_date_time,
    "date": formats.is_date,
    "uuid": formats.is_uuid,
    "uri": formats.is_uri,
}
_SCALARS = (str, int, float, bool, type(None))
_CACHED_SCALARS = 3_000
_MAX_CACHED_LENGTH = 100  # characters of a string
# An escaped character, a character class, or a dollar sign outside of both.
_DOLLAR = re.compile(r"(\\.|\[(?:\\.|[^\]\\])*\])|\$", re.DOTALL)


def validator(schema: Mapping[str, Any]) -> Validator:
    """Return the validator of a schema, created once for each schema object."""
    return _validator(_SchemaKey(schema))


def validation_errors(schema: Mapping[str, Any], instance: Any) -> list[ValidationError]:
    """Return all validation errors of the instance, in the order of the schema."""
    if isinstance(instance, _SCALARS) and not (
        isinstance(instance, str) and len(instance) > _MAX_CACHED_LENGTH
    ):
        return list(_errors_of_scalar(_SchemaKey(schema), type(instance).__name__, instance))
    return list(validator(schema).iter_errors(instance))


def first_validation_error(schema: Mapping[str, Any], document: Any) -> ValidationError | None:
    """Return the first validation error of a document of this suite, in which 1.0 is not an integer.

    A manipulated document may have a million errors; validation stops at the first.
    """
    return next(_document_validator(_SchemaKey(schema)).iter_errors(document), None)


def invalid_members(errors: Iterable[ValidationError]) -> frozenset[str]:
    """Return the members of an object that the errors concern, including missing ones."""
    return frozenset(name for error in errors for name in _members(error))


def matches_pattern(pattern: str, text: str) -> bool:
    """Return whether an ECMA-262 pattern matches somewhere in the text."""
    return _compiled(pattern).search(text) is not None


@cache
def resource_schemas() -> Mapping[str, Mapping[str, Any]]:
    """Return the schemas of the resources by id: VC-CONF, VC-SESSION, FCR-RES, FCR-ROOM."""
    return {schema["x-id"]: schema for schema in _components() if "x-id" in schema}


@cache
def error_body_schemas() -> Mapping[int, Mapping[str, Any]]:
    """Return the schemas of the error response bodies by status."""
    return {schema["x-envelope"]: schema for schema in _components() if "x-envelope" in schema}


@cache
def _components() -> tuple[Mapping[str, Any], ...]:
    return tuple(schema for name in NAMES for schema in dereferenced(name)["components"]["schemas"].values())


def tolerant_schema(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema extended by the values that x-tolerates allows, at every depth."""
    extended = {key: _tolerant(value) for key, value in schema.items() if key != "x-tolerates"}
    if "x-tolerates" not in schema:
        return extended
    return {"anyOf": [extended, schema["x-tolerates"]]}


def _tolerant(value: Any) -> Any:
    if isinstance(value, list):
        return [_tolerant(item) for item in value]
    return tolerant_schema(value) if isinstance(value, dict) else value


class _SchemaKey:
    """A cache key that compares schemas by identity and keeps the schema alive."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _SchemaKey) and self.schema is other.schema

    def __hash__(self) -> int:
        return id(self.schema)


@lru_cache(maxsize=_CACHED_SCALARS)
def _errors_of_scalar(key: _SchemaKey, _kind: str, instance: Any) -> tuple[ValidationError, ...]:
    """Cache the errors of a value: most members have few different values, which are validated repeatedly."""
    return tuple(_validator(key).iter_errors(instance))


@lru_cache(maxsize=1024)
def _validator(key: _SchemaKey) -> Validator:
    return _class()(dict(key.schema), format_checker=_checker())


@lru_cache(maxsize=16)
def _document_validator(key: _SchemaKey) -> Validator:
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
    if isinstance(instance, str) and not matches_pattern(pattern, instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(_DOLLAR.sub(lambda match: match[1] or r"\Z", pattern), re.ASCII)


def _members(error: ValidationError) -> Iterator[str]:
    if error.absolute_path:
        yield str(error.absolute_path[0])
    elif error.validator == "required" and isinstance(error.instance, dict):
        yield from (name for name in _as_list(error.validator_value) if name not in error.instance)


def _as_list(value: object) -> list[str]:
    return value if isinstance(value, list) else []
