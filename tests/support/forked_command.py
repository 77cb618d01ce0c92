"""The command in a fork of a process that has imported the suite, which starts in a fraction of the time."""

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

_CONTEXT: Final = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.support.imported_suite"])


def start_forked(
    folder: Path, arguments: Sequence[str], environment: Mapping[str, str], outputs: tuple[Path, Path]
) -> BaseProcess:
    """Start the command in a folder; it writes its output and its errors to two files, or to one."""
    process = _CONTEXT.Process(target=_main, args=(folder, arguments, environment, outputs))
    process.start()
    return process


def _main(
    folder: Path, arguments: Sequence[str], environment: Mapping[str, str], outputs: tuple[Path, Path]
) -> None:
    """Run the command in this process, as if a shell had started it."""
    for descriptor, path in enumerate(outputs, 1):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(file, descriptor)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[:] = ["conformance", *arguments]
    from conformance.__main__ import main  # noqa: PLC0415 - it changes the import path of its process

    main()
