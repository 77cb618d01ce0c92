"""The data files of this package: API descriptions (OpenAPI 3.1), requirements, sources and schemas."""

import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

NAMES = ("video", "fabric")

_HERE = Path(__file__).parent
# libyaml is ten times faster, but PyYAML may have been built without it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def load_yaml(path: str) -> Any:
    """Return the parsed content of a YAML file of this package."""
    text = (_HERE / path).read_text(encoding="utf-8")
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 - one of PyYAML's two safe loaders


def api_description(name: str) -> Mapping[str, Any]:
    """Return the API description with its references."""
    if name not in NAMES:
        raise ValueError(f"no API description {name!r}; expected one of {', '.join(NAMES)}")
    description: dict[str, Any] = load_yaml(f"{name}.yaml")
    return description


@cache
def dereferenced(name: str) -> Mapping[str, Any]:
    """Return the API description with every reference replaced by its target."""
    root = api_description(name)
    description: dict[str, Any] = _dereference(root, root)
    return description


@cache
def results_schema() -> Mapping[str, Any]:
    """Return the JSON Schema of results.json."""
    schema: dict[str, Any] = json.loads((_HERE / "results.schema.json").read_text(encoding="utf-8"))
    return schema


@cache
def digest() -> str:
    """Return the SHA-256 of the names and contents of all YAML files of this package."""
    digest = sha256()
    for path in sorted(_HERE.rglob("*.yaml")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(_HERE).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _dereference(node: Any, root: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_dereference(item, root) for item in node]
    if not isinstance(node, dict):
        return node
    siblings = {key: _dereference(value, root) for key, value in node.items() if key != "$ref"}
    if "$ref" not in node:
        return siblings
    return {**_dereference(resolve_reference(node["$ref"], root), root), **siblings}


def resolve_reference(reference: str, root: Mapping[str, Any]) -> Any:
    """Return the part of a document that a local reference such as `#/components/schemas/Size` names."""
    node: Any = root
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node
