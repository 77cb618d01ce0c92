"""The evidence of a run: each exchange on a line of its own, between a header and a footer.

The file is written as the run goes: all that was sent so far is there, whatever happens to the process.
No exchange that comes here has secrets any more, but stand-ins for them; who reads the file sees the same.
"""

import base64
import gzip
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final

from conformance.evidence.traffic_stats import Traffic
from conformance.http.credentials import labelled
from conformance.http.exchange import Exchange, Headers, Origin, Request, Response
from conformance.http.json_body import MOST_VALUES, values
from reports.files.private_files import opened, replacing

FILE: Final = "evidence.ndjson"
COMPRESSED: Final = "evidence.ndjson.gz"
FORMAT: Final = 1
_LARGE: Final = 16 * 1024 * 1024  # bytes from which the file is compressed when it is complete
_CHUNK: Final = 1024 * 1024
_OF_A_VALUE: Final = 64  # bytes that a JSON value takes, once it is parsed


def _nothing() -> None:
    """Do nothing."""


class Evidence:
    """The exchanges of a run that are still to be judged, in memory, and what all of them come to."""

    in_order = True  # whether they are added in the order of their numbers

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.creators: dict[str, Exchange] = {}  # by the id that a create answered with
        self.traffic = Traffic()
        self.size = 0  # bytes that the answers take in memory, by estimate
        self._held: set[str] = set()  # ids whose creates are not forgotten
        self.lost: str | None = None  # why it is not written any more
        self.on_loss: Callable[[], None] = _nothing
        self._lock = threading.Lock()

    @property
    def digest(self) -> str | None:
        """Return the SHA-256 of what was written, in hexadecimal digits; None where nothing is."""
        return None

    def add(self, exchange: Exchange) -> Exchange:
        """Give the exchange its number and keep it."""
        with self._lock:
            numbered = replace(exchange, number=self.traffic.exchanges + 1)
            self._keep(numbered)
        return numbered

    @property
    def path(self) -> Path | None:
        """Return the file that it is written to; None where nothing is."""
        return None

    def begin(self, header: Mapping[str, Any]) -> None:
        """Take what the run is."""

    def end(self, footer: Mapping[str, Any]) -> None:
        """Take how the run ended."""

    def creator(self, exchange: Exchange) -> Exchange | None:
        """Return the create that made the resource an exchange addresses."""
        return self.creators.get(exchange.addressed)

    def hold(self, exchange: Exchange) -> None:
        """Keep the create of what an exchange addresses: something was found there."""
        with self._lock:
            self._held.add(exchange.addressed)

    def forget(self, judged: Sequence[Exchange]) -> None:
        """Drop the first exchanges, and the creates of what they delete."""
        with self._lock:
            del self.exchanges[: len(judged)]
            self.size -= sum(map(_size, judged))
            for gone in {each.addressed for each in judged if each.deletes} - self._held:
                self.creators.pop(gone, None)

    def close(self) -> None:
        """End it; nothing is added any more."""

    def _keep(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        self.traffic.add(exchange)
        self.size += _size(exchange)
        if exchange.creates and exchange.id is not None:
            self.creators[exchange.id] = exchange


class WrittenEvidence(Evidence):
    """Evidence that is written down before anyone judges it."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._digest = sha256()
        self._path = folder / FILE
        (folder / COMPRESSED).unlink(missing_ok=True)
        self._file: IO[bytes] = opened(self._path)

    @property
    def digest(self) -> str:
        """Return the SHA-256 of what was written, in hexadecimal digits."""
        return self._digest.hexdigest()

    @property
    def path(self) -> Path:
        """Return the file that it is written to."""
        return self._path

    def begin(self, header: Mapping[str, Any]) -> None:
        """Write what the run is."""
        self._write({"header": {"format": FORMAT, **header}})

    def end(self, footer: Mapping[str, Any]) -> None:
        """Write how the run ended, with the digest of all lines before; without it the file is cut short."""
        told = {**footer, "exchanges": self.traffic.exchanges, "sha256": self.digest}
        self._write({"footer": told})

    def close(self) -> None:
        """Close the file, compressed if it is large and there is room for that."""
        with suppress(OSError):  # of what could not be written, which is known by now
            self._file.close()
        with suppress(OSError):
            if self.lost is None and self._path.stat().st_size >= _LARGE:
                _compress(self._path)

    def _keep(self, exchange: Exchange) -> None:
        self._write(line(exchange))
        super()._keep(exchange)

    def _write(self, told: Mapping[str, Any]) -> None:
        """Append a line and hand it to the operating system, which keeps it when this process dies.

        Where that fails nothing more is written: the run has to end, and its clean-up to go on without.
        """
        if self.lost is not None:
            return
        written = json.dumps(told, ensure_ascii=True).encode() + b"\n"
        try:
            self._file.write(written)
            self._file.flush()
        except OSError as error:
            self.lost = f"{self._path} cannot be written: {error.strerror}"
            self.on_loss()
        else:
            self._digest.update(written)


def line(exchange: Exchange) -> dict[str, Any]:
    """Return an exchange as the file holds it."""
    request, response = exchange.request, exchange.response
    return {
        "number": exchange.number,
        "check": exchange.origin.check,
        "attempt": exchange.origin.attempt,
        "case": exchange.origin.case,
        "operation": exchange.origin.operation,
        "judged": exchange.origin.judged,
        "started": exchange.started.isoformat(),
        "seconds": exchange.seconds,
        "request": {
            "method": request.method,
            "target": request.target,
            "headers": request.headers,
            "credential": request.credential.label,
            **_body(request.body),
        },
        "response": response
        and {
            "status": response.status,
            "headers": response.headers,
            **_body(response.body),
        },
        "failure": exchange.failure,
    }


def exchange_of(told: Mapping[str, Any]) -> Exchange:
    """Return the exchange that a run wrote on a line."""
    sent, received = told["request"], told["response"]
    return Exchange(
        number=told["number"],
        origin=Origin(told["check"], told["operation"], told["attempt"], told["case"], told["judged"]),
        request=Request(
            sent["method"],
            sent["target"],
            headers(sent["headers"]),
            body(sent),
            labelled(sent["credential"]),
        ),
        response=received and Response(received["status"], headers(received["headers"]), body(received)),
        failure=told["failure"],
        started=datetime.fromisoformat(told["started"]),
        seconds=told["seconds"],
    )


def headers(told: Sequence[Sequence[str]]) -> Headers:
    """Return the headers that a line holds."""
    return tuple((str(name), str(value)) for name, value in told)


def body(told: Mapping[str, Any]) -> bytes:
    """Return the body that a line holds, as text or in base64."""
    return base64.b64decode(told["base64"]) if "base64" in told else str(told["body"]).encode()


def _size(exchange: Exchange) -> int:
    """Return how many bytes an answer takes, parsed if it is no larger than answers may be."""
    response = exchange.response
    if response is None:
        return 0
    held = values(response.body)
    header = sum(len(name) + len(value) + _OF_A_VALUE for name, value in response.headers)
    return header + len(response.body) + _OF_A_VALUE * (held if held <= MOST_VALUES else 0)


def _body(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _compress(path: Path) -> None:
    """Replace the file by a compressed one."""
    packed = path.with_name(COMPRESSED)
    with path.open("rb") as plain, replacing(packed) as raw, gzip.GzipFile("", "wb", 6, raw, 0) as out:
        while chunk := plain.read(_CHUNK):
            out.write(chunk)
    path.unlink()
