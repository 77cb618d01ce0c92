"""Bundles that a test signs, and forged bundles with consistent files."""

import base64
import json
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from conformance.certificate import attestation, bundle_files
from conformance.certificate.attestation import Product
from conformance.certificate.chronology import Validity
from conformance.certificate.keys import PRIVATE_KEY_FILE, PUBLIC_KEY_FILE, load_signer
from conformance.certificate.verification import Verification, verify
from conformance.engine.runner import replay as replay_evidence
from conformance.engine.runner import write_reports
from conformance.evidence import evidence_file
from conformance.evidence.evidence_reader import read_evidence
from conformance.transport.resources import ledger_file
from reports import report_files
from reports.records.results_file import FILE

SMALL_SELECTION = "API-AUTH-BASIC-ACCEPT,VC-CREATE-MINIMAL"  # requirements of a small run
PRODUCT = Product("Vendor", "Server", "2.1")
Lines = list[dict[str, Any]]


def validity_from_now(**duration: float) -> Validity:
    now = datetime.now(UTC).replace(microsecond=0)
    return Validity(now, now + timedelta(**duration))


def certify(folder: Path, keys: Path, term: Validity | None = None) -> None:
    """Write the record of a folder and its reports with a certificate, as `certify` does, and sign them."""
    signer = load_signer(keys / PRIVATE_KEY_FILE)
    record = json.loads((folder / FILE).read_text())
    entry = attestation.certificate_entry(PRODUCT, term or validity_from_now(days=30), signer.key_id)
    report_files.write({**record, "certificate": entry}, folder)
    sign(folder, keys)


def sign(folder: Path, keys: Path) -> None:
    """Sign the certified record of a folder, whatever its content."""
    record = json.loads((folder / FILE).read_text())
    sign_statement(folder, keys, attestation.statement(record, bundle_files.file_digests(folder)))


def sign_statement(folder: Path, keys: Path, statement: Mapping[str, Any]) -> None:
    signer = load_signer(keys / PRIVATE_KEY_FILE)
    (folder / attestation.FILE).write_text(attestation.sign(statement, signer))


def sign_files(folder: Path, keys: Path, statement: Mapping[str, Any]) -> None:
    """Sign the files of a folder; without a record, keep the rest of the statement."""
    try:
        sign(folder, keys)
    except (TypeError, KeyError):
        subjects = [
            {"name": name, "digest": {"sha256": digest}}
            for name, digest in sorted(bundle_files.file_digests(folder).items())
        ]
        sign_statement(folder, keys, {**statement, "subject": subjects})


def statement_of(folder: Path) -> dict[str, Any]:
    envelope = json.loads((folder / attestation.FILE).read_text())
    statement: dict[str, Any] = json.loads(base64.b64decode(envelope["payload"]))
    return statement


def verify_bundle(folder: Path, keys: Path, **options: Any) -> Verification:
    return verify(folder, keys / PUBLIC_KEY_FILE, **options)


def rewrite_evidence(folder: Path, change: Callable[[Lines], Lines]) -> None:
    """Change the header and the exchanges, and write the footer for them."""
    path = folder / evidence_file.FILE_NAME
    *lines, footer = [json.loads(line) for line in path.read_text().splitlines()]
    body = b"".join(json.dumps(line).encode() + b"\n" for line in change(lines))
    footer["footer"] |= {"sha256": sha256(body).hexdigest(), "exchanges": body.count(b"\n") - 1}
    path.write_bytes(body + json.dumps(footer).encode() + b"\n")


def forge(folder: Path, keys: Path, change: Callable[[Lines], Lines], term: Validity | None = None) -> None:
    """Change the evidence, then write and sign all files that are derived from it."""
    rewrite_evidence(folder, change)
    replay = folder.parent / "replay"
    replay.mkdir()
    shutil.rmtree(folder / "allure-results")
    write_reports(replay_evidence(read_evidence(folder / evidence_file.FILE_NAME), replay), folder)
    (replay / ledger_file.FILE_NAME).replace(folder / ledger_file.FILE_NAME)
    certify(folder, keys, term)
