"""Comparison of the Allure results in a bundle with those generated from its record.

The random identifiers of results and attachments, the list of their names and the times are not compared.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from reports.files import input_files
from reports.formats import allure

_TIMES: Final = ("start", "stop")
_RESULT: Final = "-result.json"
_ATTACHMENT: Final = "-attachment.txt"


def differences(folder: Path, record: Mapping[str, Any]) -> Iterator[str]:
    """Yield the differences of the Allure results in a folder from those of the record."""
    stored = folder / allure.FOLDER
    if not stored.is_dir():
        yield f"{allure.FOLDER}/ is missing"
        return
    with tempfile.TemporaryDirectory() as temporary:
        expected = Path(temporary, allure.FOLDER)
        allure.write(record, expected, {})
        yield from _content_differences(_contents(stored), _contents(expected))


def _content_differences(stored: "Counter[str]", expected: "Counter[str]") -> Iterator[str]:
    for difference, text in ((stored - expected, "differs from the record"), (expected - stored, "missing")):
        for content in sorted(difference):
            yield f"{allure.FOLDER}: {content.partition(chr(10))[0]}: {text}"


def _contents(folder: Path) -> "Counter[str]":
    """Return the contents of a folder, each as text whose first line identifies it."""
    attached = {path.name: _text(path) for path in folder.iterdir() if path.name.endswith(_ATTACHMENT)}
    contents: Counter[str] = Counter()
    used: Counter[str] = Counter()
    for path in folder.iterdir():
        if path.name == allure.MANIFEST:
            continue
        if path.name.endswith(_RESULT):
            contents[_result(path, attached, used)] += 1
        elif path.name not in attached:
            contents[f"{path.name}\n{_text(path)}"] += 1
    for name in attached.keys() - used.keys():
        contents[f"{name}\n"] += 1
    return contents


def _result(path: Path, attached: Mapping[str, str], used: "Counter[str]") -> str:
    """Return a result with the texts of its attachments instead of their file names."""
    try:
        result = input_files.parse_json(_bytes(path))
        if path.name != f"{result.pop('uuid')}{_RESULT}":
            return f"{path.name}\nname of a different result"
        if not all(isinstance(result.pop(name), int) for name in _TIMES):
            return f"{path.name}\nno times"
        for attachment in result.get("attachments") or ():
            used[attachment["source"]] += 1
            attachment["source"] = attached[attachment["source"]]
        return f"{result['fullName']}\n{json.dumps(result, sort_keys=True)}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"{path.name}\nnot a valid result"


def _text(path: Path) -> str:
    return _bytes(path).decode("utf-8", "backslashreplace")


def _bytes(path: Path) -> bytes:
    return input_files.read_bytes(path, limit=input_files.RESULTS, follow_links=False)
