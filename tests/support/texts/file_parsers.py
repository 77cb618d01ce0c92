"""Parsers of untrusted files, each with a valid file and with a function that changes it."""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519
from rich.console import Console

from conformance.certificate import attestation, bundle_files
from conformance.certificate.attestation import Product
from conformance.certificate.chronology import Validity
from conformance.certificate.keys import FileSigner, KeyFileError, Signer
from conformance.certificate.verification import UnverifiableError, verify
from conformance.config.loader import ConfigurationError, load_settings, merge_sources
from conformance.evidence import evidence_file, evidence_reader, header
from conformance.evidence.evidence_reader import EvidenceError
from reports import report_files
from reports.formats.terminal.console import Detail
from reports.formats.terminal.run_output import print_record
from reports.records import comparison, results_file
from reports.records.results_file import UnusableResultsError
from tests.support.bundles import run_reference

CONFIG = """
target = "https://example.test/base"
profiles = ["video", "fabric"]
effort = "smoke"
select = "VC-*"
seed = 7
concurrency = 3
rate_limit = "5/s"
max_requests = 100
timeout = 2.5
headers = ["X-From: file"]
proxy = "http://proxy.test:3128"
active_session = "session"
output = "out"
strict = true
fail_fast = false
base_paths = {video = "/v"}
[[waivers]]
requirement = "VC-CREATE-DATE-ONLY"
reason = "not yet"
expires = 2026-12-31
"""
EXPECTED_ERRORS = (ConfigurationError, EvidenceError, UnusableResultsError, UnverifiableError, KeyFileError)
# Written into the text unchanged, since they are not values of Python.
_RAW = {
    "@deep@": "[" * 100_000,
    "@deeper@": '{"a":' * 20_000 + "1" + "}" * 20_000,
    "@huge@": "9" * 5_000,
    "@large@": "9" * 400,
    "@nan@": "NaN",
    "@infinity@": "-Infinity",
    "@float@": "1e999",
    "@surrogate@": '"\\ud800"',
    "@nul@": '"\\u0000"',
}
_ODD: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        2**31,
        2**63,
        1.5,
        -0.0,
        1e308,
        "",
        "x",
        " ",
        "x" * 10_000,
        "\u202e\x1b[2J",
    ),
    *([], {}, [[]], [None], {"": None}, {"id": "x"}, "2026-02-30", "0000-00-00T00:00:00Z", "<script>", *_RAW),
)


@dataclass(frozen=True)
class Parser:
    """Reads a file; it returns or raises one of the expected errors, whatever the file contains."""

    valid_file: bytes
    read: Callable[[bytes, Path], None]
    change: Callable[[bytes, Random], bytes]


def parsers(folder: Path) -> Mapping[str, Parser]:
    """Return the parsers, with valid files of a small run in the folder."""
    run_reference(folder, select="API-AUTH-BASIC-ACCEPT")
    signer = FileSigner(ed25519.Ed25519PrivateKey.generate())
    _certify(folder, signer)
    record = (folder / results_file.FILE).read_bytes()
    evidence = (folder / evidence_file.FILE_NAME).read_bytes()
    return {
        "config": Parser(CONFIG.encode(), _config, _changed_toml),
        "evidence": Parser(evidence, _evidence, _changed_evidence),
        "results": Parser(record, _results, _changed_json),
        "certificate": Parser(_statement(folder), _certificate(folder, signer), _changed_json),
    }


def is_accepted(parser: Parser, data: bytes, folder: Path) -> bool:
    """Return whether a parser accepts data; an unexpected error is raised."""
    try:
        parser.read(data, folder)
    except EXPECTED_ERRORS:
        return False
    return True


def _config(data: bytes, folder: Path) -> None:
    path = folder / "conformance.toml"
    path.write_bytes(data)
    flags = {"config": str(path), "project_id": "project", "api_token_file": str(_token(folder))}
    if merge_sources(flags).get("target"):  # without a target, the built-in server is started
        load_settings(flags)


def _token(folder: Path) -> Path:
    path = folder / "token"
    path.write_text("PTtoken")
    return path


def _evidence(data: bytes, folder: Path) -> None:
    path = folder / evidence_file.FILE_NAME
    path.write_bytes(data)
    header.recorded_settings(evidence_reader.read_evidence(path))
    verify(path, None)


def _results(data: bytes, folder: Path) -> None:
    path = folder / results_file.FILE
    path.write_bytes(data)
    record = results_file.read_validated(path)
    report_files.write(record, folder)
    for detail in Detail:
        print_record(record, Console(file=StringIO()), "out", detail)
    comparison.to_markdown(comparison.compare_records(record, record))


def _certify(folder: Path, signer: Signer) -> None:
    """Write the record and the reports of a run with a certificate, which is not signed yet."""
    issued = datetime.now(UTC).replace(microsecond=0)
    validity = Validity(issued, issued + timedelta(days=9))
    entry = attestation.certificate_entry(Product("v", "p", "1"), validity, signer.key_id)
    report_files.write({**results_file.read(folder / results_file.FILE), "certificate": entry}, folder)


def _statement(folder: Path) -> bytes:
    record = results_file.read(folder / results_file.FILE)
    return json.dumps(attestation.statement(record, bundle_files.file_digests(folder))).encode()


def _certificate(bundle: Path, signer: Signer) -> Callable[[bytes, Path], None]:
    """Return a reader that signs a statement first, so that it is not rejected for its signature."""

    def read(data: bytes, _: Path) -> None:
        path = bundle / attestation.FILE
        try:
            path.write_text(attestation.sign(json.loads(data), signer), encoding="utf-8")
        except (ValueError, RecursionError, AttributeError, TypeError):  # it cannot be signed
            path.write_bytes(data)
        try:
            verify(bundle, None)
        finally:
            path.unlink()

    return read


def _changed_toml(valid: bytes, random: Random) -> bytes:
    """Return the file with another value for a key, or other bytes."""
    if random.random() < 0.3:
        return _changed_bytes(valid, random)
    lines = valid.decode().splitlines()
    at = random.choice([number for number, line in enumerate(lines) if " = " in line])
    key = lines[at].partition(" = ")[0]
    odd = random.choice(_TOML)
    lines[at] = f"{key} = {odd}"
    return "\n".join(lines).encode()


_TOML = (
    *(
        '""',
        '"x"',
        "0",
        "-1",
        "1.5",
        "nan",
        "-inf",
        "true",
        "[]",
        "{}",
        "[[]]",
        "[1]",
        '[""]',
        '["video", 1]',
    ),
    *("9" * 5_000, "[" * 5_000, '"\\u0000"', "2026-12-31", "00:00:00", "1979-05-27T00:00:00Z", '{x = "y"}'),
    *('"[::1]"', '"http://"', '"https://a:99999"', '"a b"', '"\\u202e"', '"/x"', '["X: \\n"]', "0x10", "''"),
    *("[{requirement = 1}]", '[{requirement = "", reason = 1, expires = 2}]', "'" + "x" * 10_000 + "'"),
)


_BYTES = (b"\0", b"\xff", b"\n", b'"', b"{", b"]", b"\xed\xa0\x80", b"=", b",")


def _changed_bytes(valid: bytes, random: Random) -> bytes:
    """Return the bytes with some of them changed, removed, repeated or inserted."""
    data = bytearray(valid)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(data) + 1) if data else 0
        match random.randrange(5):
            case 0 if at < len(data):
                data[at] ^= 1 << random.randrange(8)
            case 1:
                del data[at:]
            case 2:
                data[at:at] = data[at : at + random.randint(1, 200)]
            case 3:
                del data[at : at + random.randint(1, 50)]
            case _:
                data[at:at] = random.choice(
                    (b"\0", b"\xff", b"\n", b'"', b"{", b"]", b"\xed\xa0\x80", b"=", b",")
                )
    return bytes(data)


def _changed_json(valid: bytes, random: Random) -> bytes:
    """Return the document with other values in some places, or other bytes."""
    if random.random() < 0.15:
        return _changed_bytes(valid, random)
    document = [json.loads(valid)]
    for _ in range(random.randint(1, 3)):
        _change(document, random)
    return _serialize(document[0])


def _changed_evidence(valid: bytes, random: Random) -> bytes:
    """Return the lines with one of them changed, and a footer with their number and digest."""
    if random.random() < 0.15:
        return _changed_bytes(valid, random)
    lines = valid.splitlines()
    at = random.randrange(len(lines)) if random.random() < 0.5 else 0
    lines[at] = _changed_json(lines[at], random)
    body = b"".join(line + b"\n" for line in lines[:-1])
    footer = json.loads(valid.splitlines()[-1])
    footer["footer"]["sha256"] = sha256(body).hexdigest()
    last = lines[-1] if at == len(lines) - 1 else json.dumps(footer).encode()
    return body + last + b"\n"


def _change(document: Any, random: Random) -> None:
    """Change one place of a document."""
    container, key = random.choice(list(_places(document)))
    match random.randrange(6):
        case 0 if container is not document:
            del container[key]
        case 1 if isinstance(container, dict):
            container[random.choice(("x", "", key * 2, "\u202e"))] = random.choice(_ODD)
        case 2 if isinstance(container, list) and container is not document:
            container.insert(key, copy.deepcopy(container[key]))
        case 3:
            values = [parent[at] for parent, at in _places(document)]
            container[key] = copy.deepcopy(random.choice(values))
        case _:
            container[key] = copy.deepcopy(random.choice(_ODD))


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in pairs:
        yield value, key
        yield from _places(child)


def _serialize(document: Any) -> bytes:
    text = json.dumps(document)
    for mark, raw in _RAW.items():
        text = text.replace(f'"{mark}"', raw)
    return text.encode()
