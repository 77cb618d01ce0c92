"""Requirements derived from the keywords of the API descriptions.

For a member of a request, each rule that applies derives one requirement. A member of a response derives one,
or two if it has x-tolerates: one that every target must satisfy, and a strict one that is only reported.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from spec.capabilities import Capability
from spec.citations import format_citations, is_on_a_page
from spec.derivation_rules import RULES, Rule, SchemaMember
from spec.models import SHARED_PROFILE, Constraint, Level, Requirement, ResponseMember
from spec.operations import Operation, operations
from spec.schema_text import describe_schema, describe_types, describe_values, format_value, join_values
from spec.validation import resource_schemas, tolerant_schema

PROFILES = {"API": SHARED_PROFILE, "VC": "video", "FCR": "fabric"}
"""The profile of a requirement by the first part of its id."""


def derive() -> Iterator[Requirement]:
    """Generate the requirements of all requests and resources."""
    for operation in operations().values():
        yield from request_requirements(operation)
    for id_, resource in resource_schemas().items():
        yield from resource_requirements(id_, resource)


def request_requirements(operation: Operation) -> Iterator[Requirement]:
    """Generate the requirements of the members of a request."""
    if operation.request is None:
        return
    for name, schema in operation.request["properties"].items():
        member = SchemaMember(
            name, schema, name in operation.request["required"], _is_echoed(name, operation)
        )
        for rule in RULES:
            if rule.applies(member) and rule.name not in schema.get("x-underived", ()):
                yield _constraint_requirement(rule, member, operation)


def resource_requirements(id_: str, resource: Mapping[str, Any]) -> Iterator[Requirement]:
    """Generate the requirements of the members of a resource."""
    for name in resource["properties"]:
        yield _member_requirement(id_, resource, name)
        if "x-tolerates" in resource["properties"][name]:
            yield _strict_requirement(id_, resource, name)


def _is_echoed(name: str, operation: Operation) -> bool:
    resource = operation.response or {}
    if operation.nested_in is not None:
        resource = resource["properties"][operation.nested_in]
    return name in resource["properties"]


def _constraint_requirement(rule: Rule, member: SchemaMember, operation: Operation) -> Requirement:
    override = member.schema.get("x-readings", {}).get(rule.name, {})
    places = {**_places(member.schema, operation.request or {}, member.name), **rule.more_sources}
    return Requirement(
        id=f"{operation.id}-{_id_part(member.name)}-{rule.name}",
        level=Level(override.get("level", rule.level)),
        sentence=rule.sentence.format_map(_placeholders(member)),
        source=format_citations(places),
        profile=operation.profile,
        operation=operation.id,
        constraint=Constraint(operation.id, member.name, rule.name, member.schema, member.required),
        interpretation=override.get("reading", rule.interpretation),
        needs=rule.needs,
        is_stated=is_on_a_page(places),
    )


def _placeholders(member: SchemaMember) -> dict[str, str]:
    keywords = {keyword: format_value(value) for keyword, value in member.schema.items()}
    values = member.schema.get("enum", [""])
    lists = {"any": join_values(values, last="or"), "all": join_values(values, last="and")}
    return keywords | lists | {"member": member.name, "kind": describe_types(member.schema)}


def _member_requirement(id_: str, resource: Mapping[str, Any], name: str) -> Requirement:
    schema = _without_nested(resource["properties"][name])
    required = name in resource.get("required", ())
    return Requirement(
        id=f"{id_}-{_id_part(name)}",
        level=Level.MUST,
        sentence=f"{resource['title']}.{name}{_presence(required=required)} {describe_schema(schema)}.",
        source=format_citations(_places(schema, resource, name)),
        profile=PROFILES[id_.partition("-")[0]],
        operation=id_,
        member=ResponseMember(id_, name, tolerant_schema(schema), required=required, strict=False),
        interpretation=schema.get("x-readings", {}).get("STRICT", {}).get("reading"),
        needs=tuple(map(Capability, resource.get("x-needs", ()))),
        precondition=None if required else f"{resource['title']}.{name} is received",
    )


def _strict_requirement(id_: str, resource: Mapping[str, Any], name: str) -> Requirement:
    tolerant_requirement = _member_requirement(id_, resource, name)
    node = _without_nested(resource["properties"][name])
    schema = {key: value for key, value in node.items() if key != "x-tolerates"}
    required = name in resource.get("required", ())
    sentence = tolerant_requirement.sentence.removesuffix(".")
    return replace(
        tolerant_requirement,
        id=f"{tolerant_requirement.id}-STRICT",
        level=Level.MAY,
        sentence=f"{sentence}, not {describe_values(node['x-tolerates'])}.",
        member=ResponseMember(id_, name, schema, required=required, strict=True),
    )


def _presence(*, required: bool) -> str:
    return " is present and is" if required else ", if present, is"


def _without_nested(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema without the members of a nested resource, which has its own requirements."""
    keywords = ("type", "x-source", "x-tolerates", "x-readings")
    return {key: schema[key] for key in keywords if key in schema} if "x-id" in schema else schema


def _places(schema: Mapping[str, Any], parent: Mapping[str, Any], name: str) -> dict[str, str | None]:
    sources = schema.get("x-source", parent["x-source"])
    return dict.fromkeys([sources] if isinstance(sources, str) else sources, name)


def _id_part(name: str) -> str:
    return name.upper().replace("_", "-")
