"""The pages of exit codes and reason codes list what the code uses."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from reports.records import exit_codes
from tests.docs.pages import DOCS, ROOT

REFERENCE: Final = DOCS / "reference"
CODE: Final = re.compile(r"[a-z]+(-[a-z]+)*")


def raised_codes() -> Iterator[str]:
    """Yield the codes that the suite raises: the first of two or more arguments, a word."""
    for path in (ROOT / "conformance").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and len(node.exc.args) > 1:
                code = node.exc.args[0]
                if isinstance(code, ast.Constant) and CODE.fullmatch(str(code.value)):
                    yield str(code.value)


def listed(page: str) -> set[str]:
    text = (REFERENCE / page).read_text(encoding="utf-8")
    return set(re.findall(r"^\| `?([a-z0-9-]+)`? \|", text, re.MULTILINE))


def test_each_reason_code_is_listed() -> None:
    codes = set(raised_codes())
    assert len(codes) > 9
    assert codes - listed("reason-codes.md") == set()


def test_each_exit_code_is_listed() -> None:
    assert {str(code) for code in exit_codes.VERDICTS} <= listed("exit-codes.md")
    assert f"If several apply: {', '.join(map(str, exit_codes.PRECEDENCE))}." in (
        REFERENCE / "exit-codes.md"
    ).read_text(encoding="utf-8")
