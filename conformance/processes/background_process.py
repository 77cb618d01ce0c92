"""Operations that take long to begin, or much memory, run in a background process.

It receives over its standard input which operation to run, returns the result over its standard output, and
ends when the other ends of these pipes are closed. Only functions that are declared as operations, in the
modules that the process was started for, can be named there, and all values are JSON (`runtime.encoding`).
"""

import atexit
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from threading import Lock
from typing import Any, Final, TypeVar

from conformance.processes import child_process
from conformance.processes.message_channel import Channel
from conformance.processes.value_encoding import Codec, Form
from conformance.runtime import gc_tuning

_MODULES: Final = (
    "conformance.testkit.request_bodies",
    "conformance.engine.parallel_examples",
    "conformance.testkit.schemathesis_cases",
    "conformance.engine.passive_worker",
)  # whose operations serve runs
_OVER: Final = object()
_Function = TypeVar("_Function", bound=Callable[..., Any])


class AsideError(RuntimeError):
    """An operation failed in the background process, or the process ended."""


@dataclass(frozen=True)
class _Operation:
    """A function that the background process may call, and the encoding of its arguments and results."""

    name: str
    function: Callable[..., Any]
    codec: Codec


_OPERATIONS: Final[dict[str, _Operation]] = {}


def operation(*forms: Form) -> Callable[[_Function], _Function]:
    """Declare a function of a module as an operation; the forms are of classes among its values."""

    def declared(function: _Function) -> _Function:
        name = _name(function)
        _OPERATIONS[name] = _Operation(name, function, Codec(*forms))
        return function

    return declared


class Aside:
    """Runs operations in a background process, one after the other."""

    def __init__(self, modules: Sequence[str] = _MODULES) -> None:
        """Start the process; it runs the operations of these modules."""
        self._lock = Lock()
        self._process = subprocess.Popen(
            child_process.command("background", *modules),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child_process.environment(),
            start_new_session=True,  # Ctrl-C is for the run to hear
        )
        self._channel = Channel.of_child(self._process)

    @property
    def process_id(self) -> int:
        """Return the number of the process."""
        return self._process.pid

    def prepare(self, function: Callable[..., Any], *given: Any, patience: float | None = None) -> bool:
        """Have an operation run some time, so that what it remembers is there when it is asked for.

        What it returns as an iterator is gone through, and nobody who asks for something waits for more than
        a step of that. Tells whether it was ordered: not where others were served for as long as the
        patience lasts, in seconds.
        """
        declared = _declared(function)
        with self._turn(patience) as served:
            if served:
                with suppress(OSError):  # it is told when it is asked for
                    self._channel.send([declared.name, declared.codec.encode(given), False])
        return served

    def call(self, function: Callable[..., Any], *given: Any, patience: float | None = None) -> Any:
        """Return what an operation returns there; raise AsideError where it does not, or patience ends."""
        declared = _declared(function)
        with self._turn(patience) as served:
            if not served:
                raise AsideError("others are served")
            try:
                self._channel.send([declared.name, declared.codec.encode(given), True])
                result, problem = self._channel.receive()
            except (EOFError, OSError):
                result, problem = None, f"the process ended with status {self._process.poll()}"
            except BaseException:
                self._process.kill()  # or its answer would be taken for that to the next call
                raise
        if problem is not None:
            raise AsideError(problem)
        return declared.codec.decode(result)

    @contextmanager
    def _turn(self, patience: float | None) -> Iterator[bool]:
        served = self._lock.acquire(timeout=-1 if patience is None else patience)
        try:
            yield served
        finally:
            if served:
                self._lock.release()

    def end(self) -> None:
        """End it at once: whatever it is at, nobody asks for it any more."""
        self._process.kill()
        self._process.wait()
        self._channel.close()


@cache
def aside() -> Aside:
    """Return the one that serves all runs of this process."""
    made = Aside()
    atexit.register(made.end)
    return made


def serves() -> bool:
    """Tell whether there is one already."""
    return aside.cache_info().currsize > 0


def main() -> None:
    """Run the operations of the modules that the arguments name, until nobody asks any more."""
    modules = frozenset(sys.argv[1:])
    with gc_tuning.seldom():
        _serve(Channel.of_standard_streams(), modules)


def _name(function: Callable[..., Any]) -> str:
    return f"{function.__module__}:{function.__qualname__}"


def _declared(function: Callable[..., Any]) -> _Operation:
    """Return the operation that a function was declared as."""
    name = _name(function)
    if name not in _OPERATIONS:
        raise LookupError(f"{name!r} is not declared as an operation")
    return _OPERATIONS[name]


def _serve(channel: Channel, modules: frozenset[str]) -> None:
    """Do what is asked for at once, and what will be asked for while nothing else is, until nobody asks."""
    later: deque[Iterator[Any]] = deque()
    with suppress(EOFError):
        while True:
            if later and not channel.is_ready():
                if next(later[0], _OVER) is _OVER:
                    later.popleft()
                continue
            name, given, wanted = channel.receive()
            if wanted:
                channel.send(_answer(name, given, modules))
            else:
                later.append(_steps(name, given, modules))


def _steps(name: str, given: Any, modules: frozenset[str]) -> Iterator[Any]:
    """Do something step by step, if it has steps; whoever asks for it later is told what is wrong."""
    with suppress(Exception):
        called = _named(name, modules)
        result = called.function(*called.codec.decode(given))
        if isinstance(result, Iterator):
            yield from result


def _answer(name: str, given: Any, modules: frozenset[str]) -> tuple[Any, str | None]:
    """Return what an operation returns, encoded, or what is wrong."""
    try:
        called = _named(name, modules)
        return called.codec.encode(called.function(*called.codec.decode(given))), None
    except Exception as error:  # noqa: BLE001 - whoever asked is told: AsideError
        return None, f"{type(error).__name__}: {error}"


def _named(name: str, modules: frozenset[str]) -> _Operation:
    """Return an operation of the modules; raise LookupError for anything else."""
    module = name.partition(":")[0]
    if module in modules:
        import_module(module)
    if module not in modules or name not in _OPERATIONS:
        raise LookupError(f"{name!r} is not an operation of the background process")
    return _OPERATIONS[name]
