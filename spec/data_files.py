"""The data files of this package, parsed once: the API descriptions (OpenAPI 3.1) above all."""

import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

NAMES = ("video", "fabric")

_HERE = Path(__file__).parent
# libyaml is ten times as fast, and not everywhere compiled in.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def parsed(path: str) -> Any:
    """Parse a YAML file of this package, once."""
    text = (_HERE / path).read_text(encoding="utf-8")
    return yaml.load(text, Loader=_LOADER)  # noqa: S506 - one of PyYAML's two safe loaders


def document(name: str) -> Mapping[str, Any]:
    """Return the API description of that name, its references still in it."""
    if name not in NAMES:
        raise ValueError(f"no API description {name!r}; there are {', '.join(NAMES)}")
    description: dict[str, Any] = parsed(f"{name}.yaml")
    return description


@cache
def inlined(name: str) -> Mapping[str, Any]:
    """Return the API description of that name with every reference replaced by what it points to."""
    whole = document(name)
    description: dict[str, Any] = _inline(whole, whole)
    return description


@cache
def results_schema() -> Mapping[str, Any]:
    """Return the JSON Schema of results.json."""
    schema: dict[str, Any] = json.loads((_HERE / "results.schema.json").read_text(encoding="utf-8"))
    return schema


@cache
def digest() -> str:
    """Return the SHA-256 of everything that is promised: each data file of this package, by its name."""
    whole = sha256()
    for path in sorted(_HERE.rglob("*.yaml")):
        content = path.read_bytes()
        whole.update(f"{path.relative_to(_HERE).as_posix()} {len(content)}\n".encode() + content)
    return whole.hexdigest()


def _inline(node: Any, whole: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inline(item, whole) for item in node]
    if not isinstance(node, dict):
        return node
    siblings = {key: _inline(value, whole) for key, value in node.items() if key != "$ref"}
    if "$ref" not in node:
        return siblings
    return {**_inline(_pointed_at(node["$ref"], whole), whole), **siblings}


def _pointed_at(reference: str, whole: Mapping[str, Any]) -> Any:
    node: Any = whole
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node
