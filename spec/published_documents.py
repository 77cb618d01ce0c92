"""The API descriptions as plain OpenAPI documents, for mock servers, code generators and other tools."""

from collections.abc import Mapping
from typing import Any, Final

from spec.data_files import api_description, resolve_reference

VERSIONS: Final = ("3.1", "3.0")
_VERSION_3_0: Final = "3.0.3"
_EXTENSION: Final = "x-"
_ALTERNATIVE: Final = "x-also-valid"  # the extension that a plain schema can express
_NULL: Final = "null"


def published_document(name: str, version: str = VERSIONS[0]) -> dict[str, Any]:
    """Return the API description without extensions, as an OpenAPI document of a version.

    Version 3.0 describes the same values as 3.1: it has `nullable` in place of the type null.
    """
    if version not in VERSIONS:
        raise ValueError(f"no OpenAPI version {version!r}; expected one of {', '.join(VERSIONS)}")
    document: dict[str, Any] = _without_extensions(api_description(name))
    if version == VERSIONS[0]:
        return document
    return {**_as_openapi_3_0(document, document), "openapi": _VERSION_3_0}


def _without_extensions(node: Any) -> Any:
    if isinstance(node, Mapping):
        keywords = {
            key: _without_extensions(value)
            for key, value in node.items()
            if not str(key).startswith(_EXTENSION)
        }
        return _with_alternative(keywords, node[_ALTERNATIVE]) if _ALTERNATIVE in node else keywords
    return [_without_extensions(item) for item in node] if isinstance(node, list) else node


def _with_alternative(schema: dict[str, Any], alternative: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema that permits values of its own format and those of the alternative one."""
    common = {key: value for key, value in schema.items() if key not in {"type", "format"}}
    types = {"type": schema["type"]}
    return {**common, "anyOf": [{**types, "format": schema["format"]}, {**types, **alternative}]}


def _as_openapi_3_0(node: Any, document: Mapping[str, Any]) -> Any:
    """Convert the parts of a document: a null type, and references with other keywords beside them."""
    if isinstance(node, list):
        return [_as_openapi_3_0(item, document) for item in node]
    if not isinstance(node, Mapping):
        return node
    converted = {key: _as_openapi_3_0(value, document) for key, value in node.items()}
    if isinstance(types := node.get("type"), list):
        (converted["type"],) = (type_ for type_ in types if type_ != _NULL)
        converted["nullable"] = True
    if {"type": _NULL} in node.get("anyOf", ()):
        (schema,) = (choice for choice in converted.pop("anyOf") if choice != {"type": _NULL})
        return {**converted, **_nullable(schema, document)}
    if "$ref" in node and len(node) > 1:
        return {"allOf": [{"$ref": converted.pop("$ref")}], **converted}
    return converted


def _nullable(schema: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema that permits null too, resolved, as `nullable` needs a `type` beside it."""
    resolved = dict(resolve_reference(schema["$ref"], document)) if "$ref" in schema else dict(schema)
    if "enum" in resolved:
        resolved["enum"] = [*resolved["enum"], None]
    return {**resolved, "nullable": True}
