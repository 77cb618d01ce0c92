"""What the run creates at the target: the intent before each create, the id after it."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import httpx

from conformance.exchange import parsed
from reports.private import opened

CREATED: Final = 200, 300  # RFC 9110, 15.3: any success may have created something


@dataclass(frozen=True)
class Leftover:
    """A resource that the run created and has not deleted."""

    collection: str
    id: str
    name: str


class Ledger(httpx.BaseTransport):
    """Writes creates and deletes down as they pass, so that a crash loses no trace of them."""

    def __init__(self, inner: httpx.BaseTransport, path: Path, collections: frozenset[str]) -> None:
        self._inner = inner
        self._collections = collections
        self._live: dict[tuple[str, str], Leftover] = {}
        self._intents = 0
        self._lock = threading.Lock()
        self._file: IO[bytes] = opened(path)

    @property
    def leftovers(self) -> tuple[Leftover, ...]:
        """Return what was created and not deleted, oldest first."""
        with self._lock:
            return tuple(self._live.values())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on, noting what it creates or deletes."""
        if request.method == "POST" and request.url.path in self._collections:
            return self._creating(request)
        response = self._inner.handle_request(request)
        if request.method == "DELETE":
            self._deleted(request.url.path, response.status_code)
        return response

    def close(self) -> None:
        """Close the file and what is below."""
        self._file.close()
        self._inner.close()

    def _creating(self, request: httpx.Request) -> httpx.Response:
        name = _name(parsed(request.read()))
        with self._lock:
            self._intents += 1
            intent = self._intents
            self._write({"intent": intent, "collection": request.url.path, "name": name})
        response = self._inner.handle_request(request)
        self._created(intent, Leftover(request.url.path, "", name), response)
        return response

    def _created(self, intent: int, leftover: Leftover, response: httpx.Response) -> None:
        if response.status_code not in range(*CREATED):
            return
        answer = parsed(response.read())
        made = answer.get("id") if isinstance(answer, dict) else None
        with self._lock:
            self._write({"created": intent, "id": made})
            if isinstance(made, str) and made.strip("./"):  # anything else would address the collection
                self._live[leftover.collection, made] = Leftover(leftover.collection, made, leftover.name)

    def _deleted(self, path: str, status: int) -> None:
        collection, _, made = path.rpartition("/")
        gone = status in range(*CREATED) or status == httpx.codes.NOT_FOUND
        with self._lock:
            if gone and self._live.pop((collection, made), None) is not None:
                self._write({"deleted": made, "status": status})

    def _write(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(line).encode() + b"\n")
        self._file.flush()


def _name(body: Any) -> str:
    if not isinstance(body, dict):
        return ""
    found = body.get("name", body.get("display_name", ""))
    return found[:100] if isinstance(found, str) else ""
