"""The Allure results of a run, compared with those that its record gives.

Identifiers of results and attachments are random, and so is the list of their names; the times are those of
the judging. They are left out.
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
    """Yield what is wrong with the Allure results in a folder."""
    kept = folder / allure.FOLDER
    if not kept.is_dir():
        yield f"{allure.FOLDER}/ is missing"
        return
    with tempfile.TemporaryDirectory() as fresh:
        expected = Path(fresh, allure.FOLDER)
        allure.write(record, expected, {})
        yield from _unlike(_contents(kept), _contents(expected))


def _unlike(said: "Counter[str]", found: "Counter[str]") -> Iterator[str]:
    for extra, where in ((said - found, "not what the record gives"), (found - said, "missing")):
        for content in sorted(extra):
            yield f"{allure.FOLDER}: {content.partition(chr(10))[0]}: {where}"


def _contents(folder: Path) -> "Counter[str]":
    """Return the contents of a folder, each as a text whose first line names it."""
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
    """Return a result with the texts of its attachments in the place of their file names."""
    try:
        result = input_files.json_value(_bytes(path))
        if path.name != f"{result.pop('uuid')}{_RESULT}":
            return f"{path.name}\nthe name of another result"
        if not all(isinstance(result.pop(name), int) for name in _TIMES):
            return f"{path.name}\nwithout times"
        for attachment in result.get("attachments") or ():
            used[attachment["source"]] += 1
            attachment["source"] = attached[attachment["source"]]
        return f"{result['fullName']}\n{json.dumps(result, sort_keys=True)}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"{path.name}\nnot a result"


def _text(path: Path) -> str:
    return _bytes(path).decode("utf-8", "backslashreplace")


def _bytes(path: Path) -> bytes:
    return input_files.content(path, limit=input_files.RESULTS, follow_links=False)
