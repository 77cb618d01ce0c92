"""Code examples: a check and a fault, quoted from the modules that define them."""

import ast
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).parents[1]


def check_example() -> str:
    """Return the check of the requirement that the guide uses as its example."""
    return _definition("conformance/checks/video/test_create.py", "VC-CREATE-DISPLAY-NAME-NOT-UNIQUE")


def fault_example() -> str:
    """Return a fault that violates this requirement."""
    return _definition("reference/faults/resources/names.py", "display-name-unique")


def _definition(path: str, identifier: str) -> str:
    """Return the definition in a module whose decorator has this id as its first argument."""
    source = (_ROOT / path).read_text(encoding="utf-8")
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and _has_id(node, identifier):
            first = node.decorator_list[0].lineno - 1
            return "\n".join(("```python", *source.splitlines()[first : node.end_lineno], "```"))
    raise LookupError(f"{path} has no definition that is decorated with {identifier!r}")


def _has_id(node: ast.FunctionDef | ast.ClassDef, identifier: str) -> bool:
    return any(
        isinstance(decorator, ast.Call)
        and bool(decorator.args)
        and isinstance(decorator.args[0], ast.Constant)
        and decorator.args[0].value == identifier
        for decorator in node.decorator_list
    )
