"""Commands in a fork of a process that has imported the suite, which start in a fraction of the time."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

import conformance.__main__

TIMEOUT: Final = 120.0  # seconds

_CONTEXT: Final = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.support.imported_suite"])


def start_forked(
    folder: Path, command: Sequence[str], environment: Mapping[str, str], outputs: tuple[Path, Path]
) -> BaseProcess:
    """Start `conformance` or `pytest` in a folder, with standard output and standard error in files."""
    process = _CONTEXT.Process(target=_main, args=(folder, command, environment, outputs))
    process.start()
    return process


def run_forked(
    folder: Path, command: Sequence[str], environment: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end; raise TimeoutError if it takes too long."""
    with TemporaryDirectory() as output_folder:
        out, err = Path(output_folder, "out"), Path(output_folder, "err")
        process = start_forked(folder, command, environment, (out, err))
        process.join(TIMEOUT)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(f"{' '.join(command)}: still running after {TIMEOUT} s")
        return subprocess.CompletedProcess(
            [*command], process.exitcode, out.read_text("utf-8"), err.read_text("utf-8")
        )


def _main(
    folder: Path, command: Sequence[str], environment: Mapping[str, str], outputs: tuple[Path, Path]
) -> None:
    """Run a command in this process, as if a shell had started it."""
    for descriptor, path in enumerate(outputs, 1):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(file, descriptor)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[:] = command
    if command[0] == "pytest":
        sys.exit(pytest.console_main())
    conformance.__main__.main()
