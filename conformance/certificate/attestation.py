"""Certificates: the signed results of a run with the digest of each file of the bundle.

A certificate is an in-toto Statement (v1) with the test-result predicate (v0.1) in a DSSE envelope. The
subjects of the statement are the files of the bundle; data without a member in the predicate is in its
configuration.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import Error
from securesystemslib.signer import Signature, SSlibKey

from conformance.certificate import keys
from conformance.certificate.chronology import Validity
from conformance.certificate.keys import Signer
from conformance.evidence.evidence_reader import parse_timestamp
from conformance.results.output_folder import CERTIFICATE
from reports.files import input_files
from reports.records.overall_status import CONFORMS, CONFORMS_WITH_WAIVERS, PARTIAL, overall_status
from reports.records.plain_run import differences
from spec.validation import validation_errors

FILE: Final = CERTIFICATE
STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "https://in-toto.io/attestation/test-result/v0.1"
_PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
_MAX_PROBLEM: Final = 300  # characters
_PARSE_ERRORS: Final = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
    UnsupportedAlgorithm,
)  # raised when a certificate is malformed
_TEXT: Final = {"type": "string"}
_STATEMENT: Final = {
    "type": "object",
    "required": ["_type", "subject", "predicateType", "predicate"],
    "properties": {
        "_type": {"const": STATEMENT},
        "predicateType": {"const": PREDICATE},
        "subject": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "digest"],
                "properties": {
                    "name": _TEXT,
                    "digest": {"type": "object", "required": ["sha256"], "properties": {"sha256": _TEXT}},
                },
            },
        },
        "predicate": {
            "type": "object",
            "required": ["configuration"],
            "properties": {
                "configuration": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["annotations"],
                        "properties": {
                            "annotations": {
                                "type": "object",
                                "required": ["product", "issued", "expires"],
                                "properties": {
                                    "product": {
                                        "type": "object",
                                        "required": ["vendor", "product", "version"],
                                        "additionalProperties": _TEXT,
                                        "maxProperties": 3,
                                    },
                                    "issued": _TEXT,
                                    "expires": _TEXT,
                                },
                            }
                        },
                    },
                }
            },
        },
    },
}  # the members that the verifier reads; the others are recomputed from the evidence and compared


class NotVerifiedError(ValueError):
    """A certificate is malformed or was changed after it was signed."""


@dataclass(frozen=True)
class Product:
    """The tested product as named by the issuer of the certificate."""

    vendor: str
    product: str
    version: str


@dataclass(frozen=True)
class Certificate:
    """A certificate with a valid signature by the key that it names."""

    payload: bytes  # the signed statement
    subjects: Mapping[str, str]  # the SHA-256 of each file of the bundle, by its path
    product: Product
    validity: Validity
    key_id: str  # SHA-256 of the public key, in hexadecimal digits

    def matches_record(self, record: Mapping[str, Any]) -> bool:
        """Return whether the record names this certificate, and the statement is exactly its own."""
        named = certificate_entry(self.product, self.validity, self.key_id)
        return (
            record.get("certificate") == named and _encoded(statement(record, self.subjects)) == self.payload
        )


def certificate_entry(product: Product, validity: Validity, key_id: str) -> dict[str, str]:
    """Return the member `certificate` of a record, from which reports show who certified what."""
    return {
        **asdict(product),
        "issued": validity.issued.isoformat(),
        "expires": validity.expires.isoformat(),
        "key_id": key_id,
    }


def statement(record: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    """Return the in-toto statement of a certified record; `files` are the digests of the bundle by name."""
    by_verdict: dict[str, list[str]] = {}
    for requirement in record["requirements"]:
        by_verdict.setdefault(requirement["verdict"], []).append(requirement["id"])
    return {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in sorted(files.items())],
        "predicateType": PREDICATE,
        "predicate": {
            "result": _result(record),
            "configuration": [_configuration(record, by_verdict)],
            "passedTests": by_verdict.get("passed", []),
            "warnedTests": by_verdict.get("warned", []),
            "failedTests": by_verdict.get("failed", []),
        },
    }


def _result(record: Mapping[str, Any]) -> str:
    """Return the result of the predicate, which must not be better than the overall status."""
    status = overall_status(record)
    if status == CONFORMS:
        return "WARNED" if record["counts"].get("warned") else "PASSED"
    return "WARNED" if status in {CONFORMS_WITH_WAIVERS, PARTIAL} else "FAILED"


def _configuration(record: Mapping[str, Any], by_verdict: Mapping[str, list[str]]) -> dict[str, Any]:
    suite, certificate = record["suite"], record["certificate"]
    return {
        "name": suite["name"],
        "digest": {"sha256": suite["spec"]},
        "annotations": {
            "status": overall_status(record),
            "product": {name: certificate[name] for name in ("vendor", "product", "version")},
            "target": record["target"]["origin"],
            "issued": certificate["issued"],
            "expires": certificate["expires"],
            "keyId": certificate["key_id"],
            "suite": suite,
            "profiles": record["profiles"],
            "effort": record["effort"],
            "select": record["select"],
            "shard": record["shard"],
            "strict": record["strict"],
            "requests": record["requests"],
            "seed": record["seed"],
            "propertyBasedOnly": record.get("property_based_only", False),
            "readOnly": record.get("read_only", False),
            **({"without": record["without"]} if record.get("without") else {}),
            "options": record.get("options"),
            "reference": record["target"]["reference"],
            "differences": [difference.option for difference in differences(record)],
            "started": record["started"],
            "seconds": record["seconds"],
            "leftovers": len(record["leftovers"]),
            "waivers": record["waivers"],
            "inconclusive": by_verdict.get("inconclusive", []),
            "waived": by_verdict.get("waived", []),
            "notApplicable": by_verdict.get("not-applicable", []),
        },
    }


def sign(document: Mapping[str, Any], signer: Signer) -> str:
    """Return a statement in a signed envelope, as the text of the certificate file."""
    envelope = Envelope(_encoded(document), _PAYLOAD_TYPE, {})
    envelope_id = keys.envelope_key(signer.public_key).keyid
    envelope.signatures[envelope_id] = Signature(envelope_id, signer.sign(envelope.pae()).hex())
    return _text(envelope)


def read(path: Path, key: SSlibKey | None) -> Certificate:
    """Read a certificate and check its signature with the given key, or with the key that it names.

    Raises NotVerifiedError if it was changed after signing or is not a statement of this suite.
    """
    try:
        document = input_files.read_bytes(path, limit=input_files.CERTIFICATE, follow_links=False)
    except input_files.InputFileError as error:
        raise NotVerifiedError(str(error)) from None
    text = document.decode("utf-8", "replace")
    try:
        envelope = Envelope.from_dict(input_files.parse_json(document))
        (envelope_id,) = envelope.signatures
        envelope.verify([keys.key_of_envelope(envelope_id)], 1)
        canonical = text == _text(envelope)
    except (Error, *_PARSE_ERRORS) as error:
        problem = f"is not signed by the key that it names ({type(error).__name__})"
        raise NotVerifiedError(f"{path.name} {problem}") from None
    if envelope.payload_type != _PAYLOAD_TYPE or not canonical:
        raise NotVerifiedError(f"{path.name} was reformatted after it was signed")
    if key is not None and envelope_id != key.keyid:
        raise NotVerifiedError(f"{path.name} was signed with a different key than the given one")
    try:
        return _certificate(envelope.payload, keys.key_id_of_envelope(envelope_id))
    except _PARSE_ERRORS as error:
        problem = str(error) or type(error).__name__
        raise NotVerifiedError(
            f"{path.name} is not a certificate of this suite: {problem[:_MAX_PROBLEM]}"
        ) from None


def _certificate(payload: bytes, key_id: str) -> Certificate:
    """Return the content of a statement; raise one of the parse errors if it is malformed."""
    stated = input_files.parse_json(payload)
    for error in validation_errors(_STATEMENT, stated)[:1]:
        raise ValueError(f"{error.json_path}: {error.message}")
    annotations = stated["predicate"]["configuration"][0]["annotations"]
    return Certificate(
        payload,
        {subject["name"]: subject["digest"]["sha256"] for subject in stated["subject"]},
        Product(**annotations["product"]),
        Validity(parse_timestamp(annotations["issued"]), parse_timestamp(annotations["expires"])),
        key_id,
    )


def _encoded(stated: Mapping[str, Any]) -> bytes:
    return json.dumps(stated, sort_keys=True).encode()


def _text(envelope: Envelope) -> str:
    return json.dumps(envelope.to_dict(), indent=1) + "\n"
