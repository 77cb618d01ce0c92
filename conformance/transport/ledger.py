"""What the run creates at the target: the intent before each create, what came of it after.

Each line is handed to the operating system before the request goes out, which keeps it when this process
dies. A create whose answer never came, or cannot be used, leaves an intent alone: it is found by its name.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import unquote

import httpx

from conformance.credentials import GOOD
from conformance.exchange import addressable
from conformance.parsing import NOT_JSON
from conformance.transport.recording import EXCHANGE, INTENT
from conformance.transport.room import Room
from reports import input_files
from reports.inert import bounded
from reports.private import opened

FILE: Final = "ledger.ndjson"
CREATED: Final = 200, 300  # RFC 9110, 15.3: any success may have created something
_REFUSED: Final = 400, 500
_LONGEST: Final = 300  # characters of a name; what is longer is cut, and names nothing
_NEVER_SENT: Final = ("ConnectError", "ConnectTimeout", "PoolTimeout")


class LedgerError(input_files.InputFileError):
    """The ledger cannot be read: which line, and why."""


@dataclass(frozen=True)
class Leftover:
    """A resource that the run created and has not deleted; without an id, one that it may have created."""

    collection: str
    id: str
    name: str
    display_name: str = ""
    check: str = field(default="", compare=False)  # who made it

    @property
    def names(self) -> frozenset[str]:
        """Return what it is called by whoever lists it."""
        return frozenset(filter(None, (self.name, self.display_name)))


class Ledger(httpx.BaseTransport):
    """Writes creates and deletes down as they pass, so that a crash loses no trace of them."""

    def __init__(
        self, inner: httpx.BaseTransport, path: Path, collections: frozenset[str], room: Room | None = None
    ) -> None:
        self._inner = inner
        self._collections = collections
        self.room = room or Room(None)
        self._live: dict[tuple[str, str], Leftover] = {}
        self._lost: dict[int, Leftover] = {}
        self._refused: dict[tuple[str, str], None] = {}  # what the target would not delete, in that order
        self._intents = 0
        self._lock = threading.Lock()
        self._file: IO[bytes] = opened(path)

    @property
    def leftovers(self) -> tuple[Leftover, ...]:
        """Return what was created and not deleted, oldest first."""
        with self._lock:
            return tuple(self._live.values())

    @property
    def lost(self) -> tuple[Leftover, ...]:
        """Return what may have been created, without an answer that tells its id."""
        with self._lock:
            return tuple(self._lost.values())

    @property
    def undeleted(self) -> tuple[Leftover, ...]:
        """Return what nobody needs any more, and the target would not delete when it was asked to."""
        with self._lock:
            return tuple(self._live[each] for each in self._refused if each in self._live)

    def left_by(self, check: str) -> tuple[Leftover, ...]:
        """Return what a check created and did not delete."""
        return tuple(each for each in self.leftovers if each.check == check)

    def found(self, lost: Leftover, ids: Sequence[str]) -> None:
        """Take down under which ids a lost resource was found; none: it is not there."""
        with self._lock:
            number = next(number for number, each in self._lost.items() if each is lost)
            if not ids:
                self._write({"absent": number})
                del self._lost[number]
            for made in ids:
                self._lost.setdefault(number, lost)
                if self._made(number, made):
                    self.room.came(lost.check)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on, noting what it creates or deletes."""
        if request.method == "POST" and request.url.path in self._collections:
            return self._creating(request)
        with self.room.under_way():
            response = self._inner.handle_request(request)
        if request.method == "DELETE":
            self._deleted(request, response.status_code)
        return response

    def close(self) -> None:
        """Close the file and what is below."""
        self._file.close()
        self._inner.close()

    def _creating(self, request: httpx.Request) -> httpx.Response:
        check = request.extensions[INTENT][1].check
        self.room.enter(check)
        number = self._intended(request, check)
        try:
            with self.room.under_way():
                response = self._inner.handle_request(request)
        except BaseException as error:
            self._unanswered(number, error)
            self.room.leave(check)
            raise
        if not self._answered(number, response.status_code, request.extensions[EXCHANGE].answer):
            self.room.leave(check)
        return response

    def _intended(self, request: httpx.Request, check: str) -> int:
        names = _names(request.extensions[INTENT][0].json)
        with self._lock:
            self._intents += 1
            self._lost[self._intents] = Leftover(request.url.path, "", *names, check=check)
            shown = {"name": names[0], **({"display_name": names[1]} if names[1] else {})}
            self._write({"intent": self._intents, "collection": request.url.path, **shown})
            return self._intents

    def _unanswered(self, number: int, error: BaseException) -> None:
        """Take down what was never sent; anything else may have been created."""
        if not isinstance(error, httpx.TransportError) or str(error).startswith(_NEVER_SENT):
            with self._lock:
                self._lost.pop(number)
                self._write({"unsent": number})

    def _answered(self, number: int, status: int, answer: Any) -> bool:
        """Take the answer to a create down; tell whether something more is there now."""
        if status not in range(*CREATED):
            if status in range(*_REFUSED):
                with self._lock:
                    self._lost.pop(number)
                    self._write({"refused": number, "status": status})
            return False
        made = answer.get("id") if isinstance(answer, dict) else None
        with self._lock:
            if not addressable(made):
                self._write({"created": number, "id": made})
                return False
            return self._made(number, str(made))

    def _made(self, number: int, made: str) -> bool:
        """Take down what there is under an id; tell whether it is another than what was there before."""
        self._write({"created": number, "id": made})
        leftover = replace(self._lost.pop(number), id=made)
        return self._live.setdefault((leftover.collection, made), leftover) is leftover

    def _deleted(self, request: httpx.Request, status: int) -> None:
        collection, _, made = request.url.raw_path.partition(b"?")[0].decode("ascii").rpartition("/")
        key = unquote(collection), unquote(made)
        with self._lock:
            if status not in range(*CREATED) and status != httpx.codes.NOT_FOUND:
                if (
                    request.extensions[INTENT][0].credential is GOOD
                ):  # else it was to be refused, and is in use
                    self._refused[key] = None
                return
            self._refused.pop(key, None)
            gone = self._live.pop(key, None)
            if gone is not None:
                self._write({"deleted": gone.id, "collection": gone.collection, "status": status})
        if gone is not None:
            self.room.leave(gone.check)

    def _write(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(line).encode() + b"\n")
        self._file.flush()


@dataclass(frozen=True)
class Account:
    """What a ledger says is left: what has an id, and what may have been created without one."""

    made: tuple[Leftover, ...]
    lost: tuple[Leftover, ...]


def read(path: Path) -> Account:
    """Read the ledger of a run that may have been killed: a last line that was cut short is left out."""
    made: dict[tuple[str, str], Leftover] = {}
    lost: dict[int, Leftover] = {}
    try:
        for place, written in enumerate(input_files.lines(path, input_files.LEDGER, follow_links=False), 1):
            if written.endswith(b"\n"):
                _take_line(path, place, written, made, lost)
    except input_files.InputFileError as error:
        raise LedgerError(str(error)) from None
    return Account(tuple(made.values()), tuple(lost.values()))


def _take_line(
    path: Path,
    place: int,
    written: bytes,
    made: dict[tuple[str, str], Leftover],
    lost: dict[int, Leftover],
) -> None:
    try:
        _take(input_files.json_value(written, values=input_files.LEDGER.values), made, lost)
    except (ValueError, KeyError, TypeError) as error:
        problem = bounded(f"{type(error).__name__}: {error}", _LONGEST)
        raise LedgerError(f"{path}, line {place}: this is not a line of a ledger ({problem})") from None


def _take(line: Any, made: dict[tuple[str, str], Leftover], lost: dict[int, Leftover]) -> None:
    match line:
        case {"intent": int(number), "collection": str(collection), "name": str(name)}:
            lost[number] = Leftover(collection, "", name, str(line.get("display_name", "")))
        case {"created": int(number), "id": identifier}:
            if addressable(identifier):
                leftover = replace(lost.pop(number), id=identifier)
                made[leftover.collection, identifier] = leftover
        case {"refused": int(number)} | {"unsent": int(number)} | {"absent": int(number)}:
            lost.pop(number)
        case {"deleted": str(identifier), "collection": str(collection)}:
            made.pop((collection, identifier), None)
        case _:
            raise ValueError("it says nothing that is known here")


def _names(body: Any) -> tuple[str, str]:
    """Return the name in a body, or else its display name, and the display name beside a name."""
    if body is NOT_JSON or not isinstance(body, dict):
        return "", ""
    name, display_name = (_text(body.get(each)) for each in ("name", "display_name"))
    return (name, display_name) if name else (display_name, "")


def _text(value: Any) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""
