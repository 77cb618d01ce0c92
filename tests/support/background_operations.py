"""Operations for the tests of the background process."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conformance.processes.background_process import operation
from conformance.processes.value_encoding import text_form


@operation()
def power(base: int, exponent: int) -> int:
    return int(base**exponent)


@operation()
def quotient(dividend: int, divisor: int) -> int:
    return dividend // divisor


@operation()
def same(value: Any) -> Any:
    return value


@operation()
def process_id() -> int:
    return os.getpid()


@operation()
def sleep(seconds: float) -> None:
    time.sleep(seconds)


@operation()
def change_directory(path: str) -> None:
    os.chdir(path)


@operation()
def working_directory() -> str:
    return str(Path.cwd())


@operation()
def print_something() -> None:
    sys.stdout.write("something")
    sys.stdout.flush()
    os.write(1, b"something else")


@operation()
def environment() -> dict[str, str]:
    return dict(os.environ)


@operation()
def import_path() -> list[str]:
    return sys.path


@operation()
def unknown_class() -> Any:
    return object()


@operation(text_form(Path))
def steps(path: Path, number: int) -> Iterator[int]:
    """Take some steps that leave something behind."""
    for turn in range(number):
        path.write_text("x" * (turn + 1))
        time.sleep(0.01)
        yield turn


def not_an_operation() -> None:
    """Must not be called by name."""
