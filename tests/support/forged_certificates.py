"""Bundles that are signed by hand, and forged ones whose files agree with each other."""

import base64
import json
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from conformance.certificate import attestation
from conformance.certificate.attestation import Product
from conformance.certificate.chronology import Term
from conformance.certificate.verification import Verification, verified
from conformance.engine.runner import judged_again, written
from conformance.evidence import evidence_file
from conformance.evidence.evidence_reader import read
from conformance.transport.resources import ledger
from reports.records.results_file import FILE

PRODUCT = Product("Vendor", "Server", "2.1")
Lines = list[dict[str, Any]]


def since_now(**valid: float) -> Term:
    now = datetime.now(UTC).replace(microsecond=0)
    return Term(now, now + timedelta(**valid))


def sign(folder: Path, keys: Path, term: Term | None = None) -> None:
    """Sign the record of a folder as it is, whatever it says."""
    record = json.loads((folder / FILE).read_text())
    sign_statement(
        folder,
        keys,
        attestation.statement(record, attestation.digests(folder), PRODUCT, term or since_now(days=30)),
    )


def sign_statement(folder: Path, keys: Path, statement: Mapping[str, Any]) -> None:
    signer = attestation.signer(keys / attestation.PRIVATE)
    (folder / attestation.FILE).write_text(attestation.signed(statement, signer))


def sign_files(folder: Path, keys: Path, statement: Mapping[str, Any]) -> None:
    """Sign the files of a folder as they are, and the rest as it was, where results.json is not a record."""
    try:
        sign(folder, keys)
    except (TypeError, KeyError):
        subjects = [
            {"name": name, "digest": {"sha256": digest}}
            for name, digest in sorted(attestation.digests(folder).items())
        ]
        sign_statement(folder, keys, {**statement, "subject": subjects})


def statement_of(folder: Path) -> dict[str, Any]:
    envelope = json.loads((folder / attestation.FILE).read_text())
    statement: dict[str, Any] = json.loads(base64.b64decode(envelope["payload"]))
    return statement


def judged(folder: Path, keys: Path, **how: Any) -> Verification:
    return verified(folder, keys / attestation.PUBLIC, **how)


def rewrite_evidence(folder: Path, change: Callable[[Lines], Lines]) -> None:
    """Change the header and the exchanges, with a footer that fits."""
    path = folder / evidence_file.FILE
    *lines, footer = [json.loads(line) for line in path.read_text().splitlines()]
    body = b"".join(json.dumps(line).encode() + b"\n" for line in change(lines))
    footer["footer"] |= {"sha256": sha256(body).hexdigest(), "exchanges": body.count(b"\n") - 1}
    path.write_bytes(body + json.dumps(footer).encode() + b"\n")


def forge(folder: Path, keys: Path, change: Callable[[Lines], Lines], term: Term | None = None) -> None:
    """Change the evidence, and write and sign all other files as they follow from it."""
    rewrite_evidence(folder, change)
    replay = folder.parent / "replay"
    replay.mkdir()
    shutil.rmtree(folder / "allure-results")
    written(judged_again(read(folder / evidence_file.FILE), replay), folder)
    (replay / ledger.FILE).replace(folder / ledger.FILE)
    sign(folder, keys, term)
