"""Folders of findings in an output folder: each has a description, a shell script and a pytest module.

The marker file lists the folders that a run wrote; only these are removed.
"""

import errno
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from conformance.results.reproduction.description import Description
from conformance.results.reproduction.pytest_module import pytest_module
from conformance.results.reproduction.shell_script import shell_script
from reports.files import private_files, shared_files

FOLDER: Final = "findings"
MANIFEST: Final = ".conformance-output"
DESCRIPTION: Final = "finding.json"
SCRIPT: Final = "reproduce.sh"
TEST: Final = "test_reproduce.py"
ID_PATTERN: Final = r"[A-Z0-9]+(-[A-Z0-9]+)*-[0-9a-f]{8}(-[0-9]{1,4})?"
_CERTIFICATE: Final = "certificate.json"  # in the output folder of a certified run
_ID: Final = re.compile(ID_PATTERN)


def write(record: Mapping[str, Any], folder: Path) -> None:
    """Write the folder of each finding of a record, and remove those of earlier records."""
    files = dict(_files(record))
    remove(folder)
    if not files:
        return
    shared_files.make_subfolder(folder)
    shared_files.write("".join(f"{name}\n" for name in files), folder / MANIFEST)
    for name, texts in files.items():
        shared_files.make_subfolder(folder / name)
        for file, text in texts.items():
            shared_files.write(text, folder / name / file, is_executable=file == SCRIPT)


def remove(folder: Path) -> None:
    """Remove the files that a run wrote to a folder, and the folder if it is then empty."""
    if not private_files.is_folder(folder):
        return
    for name in _listed(folder):
        _remove_files(folder / name)
    with suppress(OSError):
        private_files.remove_marked(folder, MANIFEST)


def remove_one(folder: Path) -> None:
    """Remove the files of one finding, and its folder if it is then empty.

    Raise OSError if no run wrote the folder, or the files are part of a certified bundle.
    """
    parent = folder.parent
    if folder.name not in _listed(parent) or not private_files.is_folder(folder):
        raise OSError(errno.EPERM, f"{MANIFEST} in {parent} does not list it")
    if os.path.lexists(parent.parent / _CERTIFICATE):
        raise OSError(errno.EPERM, "it is part of a certified bundle, which is never changed")
    _remove_files(folder)
    remaining = [name for name in _listed(parent) if private_files.is_folder(parent / name)]
    shared_files.write("".join(f"{name}\n" for name in remaining), parent / MANIFEST)
    with suppress(OSError):
        private_files.remove_marked(parent, MANIFEST)


def _remove_files(folder: Path) -> None:
    """Remove the files that a run wrote to the folder of a finding; other files are kept."""
    if private_files.is_folder(folder):
        for file in (DESCRIPTION, SCRIPT, TEST):
            with suppress(IsADirectoryError, PermissionError):
                (folder / file).unlink(missing_ok=True)
        with suppress(OSError):
            folder.rmdir()


def is_foreign(folder: Path) -> bool:
    """Return whether the path exists and was not written by a run, such as a link or a file."""
    if not private_files.is_folder(folder):
        return os.path.lexists(folder)
    return any(folder.iterdir()) and not private_files.is_file(folder / MANIFEST)


def is_finding_file(path: str) -> bool:
    """Return whether a relative path is that of a file that `write` writes."""
    parts = path.split("/")
    if parts == [FOLDER, MANIFEST]:
        return True
    return is_finding_folder("/".join(parts[:-1])) and parts[-1] in {DESCRIPTION, SCRIPT, TEST}


def is_finding_folder(path: str) -> bool:
    """Return whether a relative path is that of the folder of a finding."""
    folder, _, name = path.partition("/")
    return folder == FOLDER and _ID.fullmatch(name) is not None


def descriptions(record: Mapping[str, Any]) -> Iterator[Description]:
    """Yield the findings of a record that can be reproduced; evidence of older versions has none."""
    numbers: Counter[tuple[str, str]] = Counter()
    for entry in record["requirements"]:
        for finding in entry["findings"]:
            if "reproduction" in finding:
                key = entry["id"], finding.get("cause", "")
                numbers[key] += 1
                yield Description(record, entry, finding, numbers[key])


def _files(record: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the id and the files of each finding."""
    writers: Mapping[str, Callable[[Description], str]] = {SCRIPT: shell_script, TEST: pytest_module}
    for description in descriptions(record):
        texts = {DESCRIPTION: json.dumps(description.data(), indent=1) + "\n"}
        with suppress(KeyError):  # unknown credentials: the record is of another version
            texts.update({name: writer(description) for name, writer in writers.items()})
        yield description.id, texts


def _listed(folder: Path) -> list[str]:
    """Return the names in the manifest that are ids of findings; the manifest is not trusted."""
    if not private_files.is_file(folder / MANIFEST):
        return []
    names = (folder / MANIFEST).read_text(encoding="utf-8", errors="replace").splitlines()
    return [name for name in names if _ID.fullmatch(name)]
