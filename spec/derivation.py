"""Requirements that one keyword of a schema states.

A member of a request gives one for each rule that applies to it; a member of an answer one, or two where
something is tolerated: what every target must keep, and what is only reported.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from spec.citations import cited
from spec.derivation_rules import RULES, Member, Rule
from spec.models import Constraint, Level, Requirement, ResponseMember
from spec.operations import Operation, operations
from spec.schema_text import described, kind, listed, shown
from spec.validation import resources, tolerant

PROFILES = {"API": "shared", "VC": "video", "FCR": "fabric"}
"""The profile of a requirement by the first part of its id."""


def derived() -> Iterator[Requirement]:
    """Generate the requirements of all requests and all resources."""
    for operation in operations().values():
        yield from of_request(operation)
    for id_, resource in resources().items():
        yield from of_resource(id_, resource)


def of_request(operation: Operation) -> Iterator[Requirement]:
    """Generate the requirements that the members of a request state."""
    if operation.request is None:
        return
    for name, schema in operation.request["properties"].items():
        member = Member(name, schema, name in operation.request["required"], _is_echoed(name, operation))
        for rule in RULES:
            if rule.applies(member) and rule.name not in schema.get("x-underived", ()):
                yield _of_rule(rule, member, operation)


def of_resource(id_: str, resource: Mapping[str, Any]) -> Iterator[Requirement]:
    """Generate the requirements that the members of a resource state."""
    for name in resource["properties"]:
        yield _of_member(id_, resource, name)
        if "x-tolerates" in resource["properties"][name]:
            yield _of_strict_member(id_, resource, name)


def _is_echoed(name: str, operation: Operation) -> bool:
    holder = operation.response or {}
    if operation.held_in is not None:
        holder = holder["properties"][operation.held_in]
    return name in holder["properties"]


def _of_rule(rule: Rule, member: Member, operation: Operation) -> Requirement:
    read = member.schema.get("x-readings", {}).get(rule.name, {})
    return Requirement(
        id=f"{operation.id}-{_dashed(member.name)}-{rule.name}",
        level=Level(read.get("level", rule.level)),
        sentence=rule.sentence.format_map(_words(member)),
        source=cited({**_places(member.schema, operation.request or {}, member.name), **rule.also}),
        profile=operation.profile,
        operation=operation.id,
        constraint=Constraint(operation.id, member.name, rule.name, member.schema, member.required),
        reading=read.get("reading", rule.reading),
    )


def _words(member: Member) -> dict[str, str]:
    keywords = {keyword: shown(value) for keyword, value in member.schema.items()}
    values = member.schema.get("enum", [""])
    lists = {"any": listed(values, last="or"), "all": listed(values, last="and")}
    return keywords | lists | {"member": member.name, "kind": kind(member.schema)}


def _of_member(id_: str, resource: Mapping[str, Any], name: str) -> Requirement:
    schema = _own(resource["properties"][name])
    required = name in resource.get("required", ())
    return Requirement(
        id=f"{id_}-{_dashed(name)}",
        level=Level.MUST,
        sentence=f"{resource['title']}.{name} {_presence(required=required)} {described(schema)}.",
        source=cited(_places(schema, resource, name)),
        profile=PROFILES[id_.partition("-")[0]],
        operation=id_,
        member=ResponseMember(id_, name, tolerant(schema), required=required, strict=False),
        reading=schema.get("x-readings", {}).get("STRICT", {}).get("reading"),
        when=None if required else f"{resource['title']} is received with {name}",
    )


def _of_strict_member(id_: str, resource: Mapping[str, Any], name: str) -> Requirement:
    whole = _of_member(id_, resource, name)
    schema = {key: value for key, value in _own(resource["properties"][name]).items() if key != "x-tolerates"}
    required = name in resource.get("required", ())
    return replace(
        whole,
        id=f"{whole.id}-STRICT",
        level=Level.MAY,
        sentence=f"{whole.sentence.removesuffix('.')}, and in no other form.",
        member=ResponseMember(id_, name, schema, required=required, strict=True),
    )


def _presence(*, required: bool) -> str:
    return "is present and is" if required else "is, if present,"


def _own(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave to a resource within what its own requirements say."""
    kept = ("type", "x-source", "x-tolerates", "x-readings")
    return {key: schema[key] for key in kept if key in schema} if "x-id" in schema else schema


def _places(schema: Mapping[str, Any], parent: Mapping[str, Any], name: str) -> dict[str, str | None]:
    sources = schema.get("x-source", parent["x-source"])
    return dict.fromkeys([sources] if isinstance(sources, str) else sources, name)


def _dashed(name: str) -> str:
    return name.upper().replace("_", "-")
