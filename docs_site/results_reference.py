"""Members of results.json, from its JSON Schema."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from docs_site.markdown import escaped, table
from spec.data_files import results_schema

_MEMBERS: Final = "#/properties"  # place of the members of the record in the schema
_HEADER: Final = ("member", "type", "description")


def members() -> str:
    """Return a table of the members of the record, and one for each definition that has members."""
    schema = results_schema()
    parts = [table(_HEADER, _rows(schema, ""))]
    for name, node in schema["$defs"].items():
        if "properties" in node:
            parts += [f"## {name}", table(_HEADER, _rows(node, ""))]
    return "\n\n".join(parts)


def _rows(node: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str, str]]:
    for name, member in node.get("properties", {}).items():
        path = f"{prefix}{name}"
        yield f"`{path}`", _type(member), escaped(member.get("description", ""))
        yield from _rows(member, f"{path}.")
        yield from _rows(member.get("items", {}), f"{path}[].")


def _type(member: Mapping[str, Any]) -> str:
    """Return the type of a member in words."""
    if "$ref" in member:
        place, _, name = member["$ref"].rpartition("/")
        if place == _MEMBERS:
            return f"as `{name}` of the run"
        return f"[{name}](#{name})" if "properties" in results_schema()["$defs"][name] else name
    if "enum" in member:
        return ", ".join(f"`{value}`" for value in member["enum"])
    if "const" in member:
        return f"`{member['const']}`"
    if "anyOf" in member or "oneOf" in member:
        return " or ".join(map(_type, member.get("anyOf") or member["oneOf"]))
    kinds = member.get("type", "any")
    text = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    return f"{text} of {_type(member['items'])}" if "items" in member else text
