"""The evidence file of a run: one line for each exchange, between a header and a footer.

Each line is written as soon as its exchange ends, so the file is complete up to the moment at which a process
dies. Exchanges contain placeholders instead of secrets before they get here, and so does the file.
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
from conformance.http.json_body import MAX_VALUES, max_value_count
from reports.files.private_files import opened, replacing

FILE: Final = "evidence.ndjson"
COMPRESSED: Final = "evidence.ndjson.gz"
FORMAT: Final = 1
_COMPRESS_FROM: Final = 16 * 1024 * 1024  # bytes from which the complete file is compressed
_CHUNK_SIZE: Final = 1024 * 1024
_BYTES_PER_VALUE: Final = 64  # estimated bytes of a parsed JSON value


def _ignore() -> None:
    """Do nothing."""


class Evidence:
    """The exchanges of a run: those not yet checked in memory, and statistics on all of them."""

    in_order = True  # whether exchanges are added in the order of their numbers

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.creators: dict[str, Exchange] = {}  # by the id in the response to the create
        self.traffic = Traffic()
        self.size = 0  # estimated bytes of the responses in memory
        self._retained_ids: set[str] = set()  # ids whose create requests are retained
        self.lost: str | None = None  # why the file is no longer written
        self.on_loss: Callable[[], None] = _ignore
        self._lock = threading.Lock()

    @property
    def digest(self) -> str | None:
        """Return the SHA-256 of the lines written so far, in hexadecimal digits; None without a file."""
        return None

    def add(self, exchange: Exchange) -> Exchange:
        """Number and store the exchange."""
        with self._lock:
            numbered = replace(exchange, number=self.traffic.exchanges + 1)
            self._store(numbered)
        return numbered

    @property
    def path(self) -> Path | None:
        """Return the path of the file; None without a file."""
        return None

    def begin(self, header: Mapping[str, Any]) -> None:
        """Write the header."""

    def end(self, footer: Mapping[str, Any]) -> None:
        """Write the footer."""

    def creator(self, exchange: Exchange) -> Exchange | None:
        """Return the create request of the resource that an exchange addresses."""
        return self.creators.get(exchange.addressed)

    def hold(self, exchange: Exchange) -> None:
        """Retain the create request of the resource that an exchange addresses, as a finding refers to it."""
        with self._lock:
            self._retained_ids.add(exchange.addressed)

    def forget(self, exchanges: Sequence[Exchange]) -> None:
        """Remove the first exchanges, and the create requests of the resources that they delete."""
        with self._lock:
            del self.exchanges[: len(exchanges)]
            self.size -= sum(map(_size, exchanges))
            deleted_ids = {exchange.addressed for exchange in exchanges if exchange.deletes}
            for deleted_id in deleted_ids - self._retained_ids:
                self.creators.pop(deleted_id, None)

    def close(self) -> None:
        """Close the file; nothing is added after that."""

    def _store(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        self.traffic.add(exchange)
        self.size += _size(exchange)
        if exchange.creates and exchange.id is not None:
            self.creators[exchange.id] = exchange


class WrittenEvidence(Evidence):
    """Evidence that writes each exchange to a file before any check reads it."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._digest = sha256()
        self._path = folder / FILE
        (folder / COMPRESSED).unlink(missing_ok=True)
        self._file: IO[bytes] = opened(self._path)

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the lines written so far, in hexadecimal digits."""
        return self._digest.hexdigest()

    @property
    def path(self) -> Path:
        """Return the path of the file."""
        return self._path

    def begin(self, header: Mapping[str, Any]) -> None:
        """Write the header, which describes the run."""
        self._write({"header": {"format": FORMAT, **header}})

    def end(self, footer: Mapping[str, Any]) -> None:
        """Write the footer: how the run ended, and the digest of all lines; a truncated file has none."""
        data = {**footer, "exchanges": self.traffic.exchanges, "sha256": self.digest}
        self._write({"footer": data})

    def close(self) -> None:
        """Close the file, and compress it if it is large and the disk has room."""
        with suppress(OSError):  # of a line that could not be written, which is already reported
            self._file.close()
        with suppress(OSError):
            if self.lost is None and self._path.stat().st_size >= _COMPRESS_FROM:
                _compress(self._path)

    def _store(self, exchange: Exchange) -> None:
        self._write(line(exchange))
        super()._store(exchange)

    def _write(self, data: Mapping[str, Any]) -> None:
        """Append a line and pass it to the operating system, which keeps it if this process dies.

        After an error nothing more is written: the run has to end, and its clean-up continues without a file.
        """
        if self.lost is not None:
            return
        encoded = json.dumps(data, ensure_ascii=True).encode() + b"\n"
        try:
            self._file.write(encoded)
            self._file.flush()
        except OSError as error:
            self.lost = f"{self._path} cannot be encoded: {error.strerror}"
            self.on_loss()
        else:
            self._digest.update(encoded)


def line(exchange: Exchange) -> dict[str, Any]:
    """Return an exchange as JSON data for a line of the file."""
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
            **_encode_body(request.body),
        },
        "response": response
        and {
            "status": response.status,
            "headers": response.headers,
            **_encode_body(response.body),
        },
        "failure": exchange.failure,
    }


def exchange_of(data: Mapping[str, Any]) -> Exchange:
    """Return the exchange in the data of a line."""
    sent, received = data["request"], data["response"]
    return Exchange(
        number=data["number"],
        origin=Origin(data["check"], data["operation"], data["attempt"], data["case"], data["judged"]),
        request=Request(
            sent["method"],
            sent["target"],
            headers(sent["headers"]),
            body(sent),
            labelled(sent["credential"]),
        ),
        response=received and Response(received["status"], headers(received["headers"]), body(received)),
        failure=data["failure"],
        started=datetime.fromisoformat(data["started"]),
        seconds=data["seconds"],
    )


def headers(data: Sequence[Sequence[str]]) -> Headers:
    """Return the headers in the data of a line."""
    return tuple((str(name), str(value)) for name, value in data)


def body(data: Mapping[str, Any]) -> bytes:
    """Return the body in the data of a line, where it is text or base64."""
    return base64.b64decode(data["base64"]) if "base64" in data else str(data["body"]).encode()


def _size(exchange: Exchange) -> int:
    """Return the estimated memory of a response, which is parsed unless it exceeds the limit."""
    response = exchange.response
    if response is None:
        return 0
    value_count = max_value_count(response.body)
    header = sum(len(name) + len(value) + _BYTES_PER_VALUE for name, value in response.headers)
    return header + len(response.body) + _BYTES_PER_VALUE * (value_count if value_count <= MAX_VALUES else 0)


def _encode_body(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _compress(path: Path) -> None:
    """Replace the file by a compressed one."""
    compressed = path.with_name(COMPRESSED)
    with path.open("rb") as plain, replacing(compressed) as raw, gzip.GzipFile("", "wb", 6, raw, 0) as out:
        while chunk := plain.read(_CHUNK_SIZE):
            out.write(chunk)
    path.unlink()
