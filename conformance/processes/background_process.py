"""Background process for operations that are slow to start or need much memory.

The process receives the operation to run on its standard input, returns the result on its standard output,
and exits when these pipes are closed. Only functions that are declared as operations, in the modules that the
process was started for, can be called. All values are sent as JSON (see `value_encoding`).
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
    "conformance.engine.passive.worker",
)  # modules with operations
_EXHAUSTED: Final = object()
_Function = TypeVar("_Function", bound=Callable[..., Any])


class BackgroundProcessError(RuntimeError):
    """An operation failed in the background process, or the process exited."""


@dataclass(frozen=True)
class _Operation:
    """A function that the background process may call, and the codec of its arguments and results."""

    name: str
    function: Callable[..., Any]
    codec: Codec


_OPERATIONS: Final[dict[str, _Operation]] = {}


def operation(*forms: Form) -> Callable[[_Function], _Function]:
    """Declare a function as an operation; the forms encode the classes of its arguments and results."""

    def declared(function: _Function) -> _Function:
        name = _name(function)
        _OPERATIONS[name] = _Operation(name, function, Codec(*forms))
        return function

    return declared


class BackgroundProcess:
    """Client of a background process that runs operations one after the other."""

    def __init__(self, modules: Sequence[str] = _MODULES) -> None:
        """Start the process for the operations of the modules."""
        self._lock = Lock()
        self._process = subprocess.Popen(
            child_process.command("background", *modules),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=child_process.environment(),
            start_new_session=True,  # Ctrl-C is handled by the run
        )
        self._channel = Channel.of_child(self._process)

    @property
    def process_id(self) -> int:
        """Return the process id."""
        return self._process.pid

    def submit(self, function: Callable[..., Any], *arguments: Any, timeout: float | None = None) -> bool:
        """Run an operation without a result, so that its cached values are available to later calls.

        An iterator that it returns is consumed while no other call is pending. Returns whether the operation
        was submitted, which fails if the process is in use for `timeout` seconds.
        """
        declared = _declared(function)
        with self._acquired(timeout) as acquired:
            if acquired:
                with suppress(OSError):  # the next call reports it
                    self._channel.send([declared.name, declared.codec.encode(arguments), False])
        return acquired

    def call(self, function: Callable[..., Any], *arguments: Any, timeout: float | None = None) -> Any:
        """Return the result of an operation.

        Raise BackgroundProcessError if it fails, or if the process stays in use.
        """
        declared = _declared(function)
        with self._acquired(timeout) as acquired:
            if not acquired:
                raise BackgroundProcessError("the background process is in use")
            try:
                self._channel.send([declared.name, declared.codec.encode(arguments), True])
                result, problem = self._channel.receive()
            except (EOFError, OSError):
                result, problem = None, f"the process ended with status {self._process.poll()}"
            except BaseException:
                self._process.kill()  # otherwise its response would be read by the next call
                raise
        if problem is not None:
            raise BackgroundProcessError(problem)
        return declared.codec.decode(result)

    @contextmanager
    def _acquired(self, timeout: float | None) -> Iterator[bool]:
        acquired = self._lock.acquire(timeout=-1 if timeout is None else timeout)
        try:
            yield acquired
        finally:
            if acquired:
                self._lock.release()

    def kill(self) -> None:
        """Kill the process immediately."""
        self._process.kill()
        self._process.wait()
        self._channel.close()


@cache
def background_process() -> BackgroundProcess:
    """Return the background process of this process, which is started at the first call."""
    background = BackgroundProcess()
    atexit.register(background.kill)
    return background


def is_running() -> bool:
    """Return whether the background process was started."""
    return background_process.cache_info().currsize > 0


def main() -> None:
    """Run operations of the modules in the arguments until the parent closes the channel."""
    modules = frozenset(sys.argv[1:])
    with gc_tuning.reduced_gc():
        _serve(Channel.of_standard_streams(), modules)


def _name(function: Callable[..., Any]) -> str:
    return f"{function.__module__}:{function.__qualname__}"


def _declared(function: Callable[..., Any]) -> _Operation:
    """Return the operation of a function; raise LookupError if it is not declared."""
    name = _name(function)
    if name not in _OPERATIONS:
        raise LookupError(f"{name!r} is not declared as an operation")
    return _OPERATIONS[name]


def _serve(channel: Channel, modules: frozenset[str]) -> None:
    """Run calls immediately, and submitted operations while no call is pending, until the channel closes."""
    submitted: deque[Iterator[Any]] = deque()
    with suppress(EOFError):
        while True:
            if submitted and not channel.is_ready():
                if next(submitted[0], _EXHAUSTED) is _EXHAUSTED:
                    submitted.popleft()
                continue
            name, arguments, has_result = channel.receive()
            if has_result:
                channel.send(_result(name, arguments, modules))
            else:
                submitted.append(_steps(name, arguments, modules))


def _steps(name: str, arguments: Any, modules: frozenset[str]) -> Iterator[Any]:
    """Run a submitted operation step by step; a later call reports its errors."""
    with suppress(Exception):
        called = _operation_of(name, modules)
        result = called.function(*called.codec.decode(arguments))
        if isinstance(result, Iterator):
            yield from result


def _result(name: str, arguments: Any, modules: frozenset[str]) -> tuple[Any, str | None]:
    """Return the encoded result of an operation, or its error."""
    try:
        called = _operation_of(name, modules)
        return called.codec.encode(called.function(*called.codec.decode(arguments))), None
    except Exception as error:  # noqa: BLE001 - sent to the caller, which raises it as BackgroundProcessError
        return None, f"{type(error).__name__}: {error}"


def _operation_of(name: str, modules: frozenset[str]) -> _Operation:
    """Return an operation of the modules by name; raise LookupError for any other name."""
    module = name.partition(":")[0]
    if module in modules:
        import_module(module)
    if module not in modules or name not in _OPERATIONS:
        raise LookupError(f"{name!r} is not an operation of the background process")
    return _OPERATIONS[name]
