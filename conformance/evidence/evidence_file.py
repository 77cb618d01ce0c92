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

from conformance.evidence.traffic_stats import TrafficStats
from conformance.http.credentials import credential_with_label
from conformance.http.exchange import Exchange, Headers, Origin, Request, Response
from conformance.http.json_body import MAX_VALUES, max_value_count
from reports.files.private_files import open_private, open_replacement

FILE_NAME: Final = "evidence.ndjson"
COMPRESSED_FILE_NAME: Final = "evidence.ndjson.gz"
FORMAT_VERSION: Final = 2
_COMPRESS_FROM: Final = 16 * 1024 * 1024  # bytes from which the complete file is compressed
_CHUNK_SIZE: Final = 1024 * 1024
_BYTES_PER_VALUE: Final = 64  # estimated bytes of a parsed JSON value


def _ignore() -> None:
    """Do nothing."""


class Evidence:
    """The exchanges of a run: those not yet checked in memory, and statistics on all of them."""

    adds_in_order = True  # whether exchanges are added in the order of their numbers

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        self.creators: dict[str, Exchange] = {}  # by the path of the created resource
        self.traffic_stats = TrafficStats()
        self.estimated_size = 0  # estimated bytes of the responses in memory
        self._retained_paths: set[str] = set()  # paths of resources whose create requests are retained
        self.write_error: str | None = None  # why the file is no longer written
        self.on_write_error: Callable[[], None] = _ignore
        self._lock = threading.Lock()

    @property
    def digest(self) -> str | None:
        """Return the SHA-256 of the lines written so far, in hexadecimal digits; None without a file."""
        return None

    def add(self, exchange: Exchange) -> Exchange:
        """Number and store the exchange."""
        with self._lock:
            numbered = replace(exchange, number=self.traffic_stats.exchanges + 1)
            self._store(numbered)
        return numbered

    @property
    def path(self) -> Path | None:
        """Return the path of the file; None without a file."""
        return None

    def write_header(self, header: Mapping[str, Any]) -> None:
        """Write the header."""

    def write_footer(self, footer: Mapping[str, Any]) -> None:
        """Write the footer."""

    def creator(self, exchange: Exchange) -> Exchange | None:
        """Return the create request of the resource that an exchange addresses."""
        return self.creators.get(exchange.request.path)

    def retain(self, exchange: Exchange) -> None:
        """Retain the create request of the resource that an exchange addresses, as a finding refers to it."""
        with self._lock:
            self._retained_paths.add(exchange.request.path)

    def evict(self, exchanges: Sequence[Exchange]) -> None:
        """Remove the first exchanges, and the create requests of the resources that they delete."""
        with self._lock:
            del self.exchanges[: len(exchanges)]
            self.estimated_size -= sum(map(_size, exchanges))
            deleted_paths = {exchange.request.path for exchange in exchanges if exchange.has_deleted}
            for deleted_path in deleted_paths - self._retained_paths:
                self.creators.pop(deleted_path, None)

    def close(self) -> None:
        """Close the file; nothing is added after that."""

    def _store(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        self.traffic_stats.add(exchange)
        self.estimated_size += _size(exchange)
        if exchange.created_path is not None:
            self.creators[exchange.created_path] = exchange


class EvidenceFile(Evidence):
    """Evidence that writes each exchange to a file before any check reads it."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._digest = sha256()
        self._path = folder / FILE_NAME
        (folder / COMPRESSED_FILE_NAME).unlink(missing_ok=True)
        self._file: IO[bytes] = open_private(self._path)

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the lines written so far, in hexadecimal digits."""
        return self._digest.hexdigest()

    @property
    def path(self) -> Path:
        """Return the path of the file."""
        return self._path

    def write_header(self, header: Mapping[str, Any]) -> None:
        """Write the header, which describes the run."""
        self._write({"header": {"format": FORMAT_VERSION, **header}})

    def write_footer(self, footer: Mapping[str, Any]) -> None:
        """Write the footer: how the run ended, and the digest of all lines; a truncated file has none."""
        data = {**footer, "exchanges": self.traffic_stats.exchanges, "sha256": self.digest}
        self._write({"footer": data})

    def close(self) -> None:
        """Close the file, and compress it if it is large and the disk has room."""
        with suppress(OSError):  # of a line that could not be written, which is already reported
            self._file.close()
        with suppress(OSError):
            if self.write_error is None and self._path.stat().st_size >= _COMPRESS_FROM:
                _compress(self._path)

    def _store(self, exchange: Exchange) -> None:
        self._write(exchange_data(exchange))
        super()._store(exchange)

    def _write(self, data: Mapping[str, Any]) -> None:
        """Append a line and pass it to the operating system, which keeps it if this process dies.

        After an error nothing more is written: the run has to end, and its clean-up continues without a file.
        """
        if self.write_error is not None:
            return
        encoded = json.dumps(data, ensure_ascii=True).encode() + b"\n"
        try:
            self._file.write(encoded)
            self._file.flush()
        except OSError as error:
            self.write_error = f"{self._path} cannot be written: {error.strerror}"
            self.on_write_error()
        else:
            self._digest.update(encoded)


def exchange_data(exchange: Exchange) -> dict[str, Any]:
    """Return an exchange as JSON data for a line of the file."""
    request, response = exchange.request, exchange.response
    return {
        "number": exchange.number,
        "check": exchange.origin.check,
        "attempt": exchange.origin.attempt,
        "case": exchange.origin.case,
        "operation": exchange.origin.operation,
        "assessed": exchange.origin.assessed,
        **({"resend": exchange.origin.resend} if exchange.origin.resend else {}),
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


def parse_exchange(data: Mapping[str, Any]) -> Exchange:
    """Return the exchange in the data of a line."""
    sent, received = data["request"], data["response"]
    return Exchange(
        number=data["number"],
        origin=Origin(
            data["check"],
            data["operation"],
            data["attempt"],
            data["case"],
            data["assessed"],
            data.get("resend", 0),
        ),
        request=Request(
            sent["method"],
            sent["target"],
            parse_headers(sent["headers"]),
            parse_body(sent),
            credential_with_label(sent["credential"]),
        ),
        response=received
        and Response(received["status"], parse_headers(received["headers"]), parse_body(received)),
        failure=data["failure"],
        started=datetime.fromisoformat(data["started"]),
        seconds=data["seconds"],
    )


def parse_headers(data: Sequence[Sequence[str]]) -> Headers:
    """Return the headers in the data of a line."""
    return tuple((str(name), str(value)) for name, value in data)


def parse_body(data: Mapping[str, Any]) -> bytes:
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
    compressed = path.with_name(COMPRESSED_FILE_NAME)
    with (
        path.open("rb") as plain,
        open_replacement(compressed) as raw,
        gzip.GzipFile("", "wb", 6, raw, 0) as out,
    ):
        while chunk := plain.read(_CHUNK_SIZE):
            out.write(chunk)
    path.unlink()
