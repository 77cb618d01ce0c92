"""The corpus of a campaign, in the format of Hypothesis's example database.

It holds failures and cases with new features, in a folder or on a Redis server that a team shares. A campaign
begins where the last one ended: it sends the failures first, then the cases with new features, and varies
these.
"""

from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from conformance.config.setting_types import ConfigurationError
from conformance.fuzzing.inputs.cases import Case
from conformance.runtime.seeded_random import seeded_random

if TYPE_CHECKING:
    from hypothesis.database import ExampleDatabase

_FAILURES: Final = b"conference-conformance/fuzz/failures"
_NEW_FEATURES: Final = b"conference-conformance/fuzz/features"
_REDIS: Final = ("redis://", "rediss://", "unix://")
_MAX_FAILURES: Final = 1_000  # that are sent again
_MAX_CASES: Final = 4_000  # that are kept in memory and on disk
_RECENT: Final = 256  # cases, from which half of the parents are chosen
_MAX_BYTES: Final = 100_000  # of a case


class Corpus:
    """Cases of earlier campaigns and of this one."""

    def __init__(self, database: "ExampleDatabase | None", operations: Sequence[str], seed: int) -> None:
        self._database = database
        self._operations = operations
        self._random = seeded_random(seed)
        self._cases: list[Case] = []
        self._saved = 0

    def __len__(self) -> int:
        return len(self._cases)

    def failures(self) -> list[Case]:
        """Return the failures of earlier campaigns."""
        return sorted(self._fetched(_FAILURES), key=Case.encode)[:_MAX_FAILURES]

    def load(self) -> list[Case]:
        """Load the cases of earlier campaigns, and return them."""
        self._cases = sorted(self._fetched(_NEW_FEATURES), key=Case.encode)[:_MAX_CASES]
        self._saved = len(self._cases)
        return list(self._cases)

    def add(self, case: Case) -> None:
        """Add a case with new features; beyond the limit it replaces another one."""
        if len(self._cases) >= _MAX_CASES:
            self._cases.pop(self._random.randrange(len(self._cases) - _RECENT))
        self._cases.append(case)
        if self._database is not None and self._saved < _MAX_CASES and len(case.encode()) <= _MAX_BYTES:
            self._saved += 1
            self._database.save(_NEW_FEATURES, case.encode())

    def add_failure(self, case: Case) -> None:
        """Add the case of a finding."""
        if self._database is not None and len(case.encode()) <= _MAX_BYTES:
            self._database.save(_FAILURES, case.encode())

    def remove_failure(self, case: Case) -> None:
        """Remove a case that shows no violation any more."""
        if self._database is not None:
            self._database.delete(_FAILURES, case.encode())

    def parents(self, count: int) -> list[Case]:
        """Return cases to vary, half of them recent ones."""
        if not self._cases:
            return []
        recent = self._cases[-_RECENT:]
        return [self._random.choice(recent if at % 2 else self._cases) for at in range(count)]

    def _fetched(self, key: bytes) -> Iterator[Case]:
        """Yield the cases under a key; the database is not trusted."""
        for line in self._database.fetch(key) if self._database is not None else ():
            if len(line) <= _MAX_BYTES:
                try:
                    yield Case.decode(line, self._operations)
                except (ValueError, RecursionError):
                    continue


def open_database(location: str) -> "ExampleDatabase | None":
    """Return the database in a folder or at the URL of a Redis server; None for an empty location."""
    if not location:
        return None
    if not location.startswith(_REDIS):
        return _folder_database(Path(location))
    try:
        redis = import_module("redis")
        redis_database = import_module("hypothesis.extra.redis").RedisExampleDatabase
    except ImportError:
        raise ConfigurationError(
            "--corpus with a Redis server needs an extra: pip install 'conference-conformance[redis]'"
        ) from None
    try:
        client = redis.Redis.from_url(location)
        client.ping()
    except (redis.RedisError, ValueError) as error:
        problem = type(error).__name__  # its text may contain the password in the URL
        raise ConfigurationError(f"--corpus: the Redis server cannot be used: {problem}") from None
    database: ExampleDatabase = redis_database(client)
    return database


def _folder_database(folder: Path) -> "ExampleDatabase":
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"--corpus {str(folder)!r} cannot be used: {error.strerror}") from None
    database: ExampleDatabase = import_module("hypothesis.database").DirectoryBasedExampleDatabase(folder)
    return database
