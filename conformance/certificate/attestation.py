"""Certificates: the signed results of a run with the digest of each file of the bundle.

A certificate is an in-toto Statement (v1) with the test-result predicate (v0.1) in a DSSE envelope. The
subjects of the statement are the files of the bundle; data without a member in the predicate is in its
configuration.
"""

import base64
import errno
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import Error
from securesystemslib.signer import CryptoSigner, SSlibKey

from conformance.certificate.chronology import Validity
from conformance.evidence.evidence_reader import parse_timestamp
from conformance.results.output_folder import CERTIFICATE
from reports.files import input_files
from reports.files.private_files import create_file
from reports.records.overall_status import CONFORMS, CONFORMS_WITH_WAIVERS, PARTIAL, overall_status
from reports.records.plain_run import differences
from spec.validation import validation_errors

FILE: Final = CERTIFICATE
PRIVATE_KEY_FILE: Final = "private.pem"
PUBLIC_KEY_FILE: Final = "public.pem"
_PUBLIC_MODE: Final = 0o644
STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "https://in-toto.io/attestation/test-result/v0.1"
_PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
_MAX_PROBLEM: Final = 300  # characters
_KEY_PREFIX: Final = "spki:"  # a key id contains the public key, so that accidental changes are detected
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
_PublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey


class KeyFileError(ValueError):
    """A key file cannot be used."""


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
    key_digest: str  # SHA-256 of the public key, in hexadecimal digits

    def matches_record(self, record: Mapping[str, Any]) -> bool:
        """Return whether the statement is exactly that of a record."""
        return _encoded(statement(record, self.subjects, self.product, self.validity)) == self.payload


def generate_keys(folder: Path) -> tuple[Path, Path]:
    """Write a new Ed25519 key pair; raise FileExistsError instead of overwriting one."""
    folder.mkdir(parents=True, exist_ok=True)
    signer = CryptoSigner.generate_ed25519()
    private, public = folder / PRIVATE_KEY_FILE, folder / PUBLIC_KEY_FILE
    if os.path.lexists(public):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(public))
    with create_file(private) as file:
        file.write(signer.private_bytes)
    with create_file(public, _PUBLIC_MODE) as file:
        file.write(_pem(signer))
    return private, public


def statement(
    record: Mapping[str, Any], files: Mapping[str, str], product: Product, validity: Validity
) -> dict[str, Any]:
    """Return the in-toto statement of a record; `files` are the digests of the bundle by name."""
    by_verdict: dict[str, list[str]] = {}
    for requirement in record["requirements"]:
        by_verdict.setdefault(requirement["verdict"], []).append(requirement["id"])
    return {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in sorted(files.items())],
        "predicateType": PREDICATE,
        "predicate": {
            "result": _result(record),
            "configuration": [_configuration(record, by_verdict, product, validity)],
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


def _configuration(
    record: Mapping[str, Any], by_verdict: Mapping[str, list[str]], product: Product, validity: Validity
) -> dict[str, Any]:
    suite = record["suite"]
    return {
        "name": suite["name"],
        "digest": {"sha256": suite["spec"]},
        "annotations": {
            "status": overall_status(record),
            "product": asdict(product),
            "target": record["target"]["origin"],
            "issued": validity.issued.isoformat(),
            "expires": validity.expires.isoformat(),
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


def load_signer(path: Path) -> CryptoSigner:
    """Read a private key in PEM; raise KeyFileError if it cannot be used for signing."""
    try:
        key = serialization.load_pem_private_key(
            input_files.read_bytes(path, limit=input_files.CREDENTIALS), None
        )
    except input_files.InputFileError as error:
        raise KeyFileError(str(error)) from None
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path} does not contain a usable private key: {error}") from None
    if not isinstance(key, ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey):
        raise KeyFileError(
            f"{path} does not contain an Ed25519 or ECDSA key; `conformance keygen` generates one"
        )
    try:
        return CryptoSigner(key, _key_with_id(key.public_key()))
    except ValueError as error:
        raise KeyFileError(f"{path} cannot sign: {error}") from None


def sign(document: Mapping[str, Any], by: CryptoSigner) -> str:
    """Return a statement in a signed envelope, as the text of the certificate file."""
    envelope = Envelope(_encoded(document), _PAYLOAD_TYPE, {})
    envelope.sign(by)
    return _text(envelope)


def load_public_key(path: Path) -> SSlibKey:
    """Read a public key in PEM; raise KeyFileError if there is none."""
    try:
        key = serialization.load_pem_public_key(input_files.read_bytes(path, limit=input_files.CREDENTIALS))
    except input_files.InputFileError as error:
        raise KeyFileError(str(error)) from None
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path} does not contain a public key: {error}") from None
    if not isinstance(key, ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey):
        raise KeyFileError(f"{path} does not contain an Ed25519 or ECDSA key")
    return _key_with_id(key)


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
        (key_id,) = envelope.signatures
        envelope.verify([_key_from_id(key_id)], 1)
        canonical = text == _text(envelope)
    except (Error, *_PARSE_ERRORS) as error:
        problem = f"is not signed by the key that it names ({type(error).__name__})"
        raise NotVerifiedError(f"{path.name} {problem}") from None
    if envelope.payload_type != _PAYLOAD_TYPE or not canonical:
        raise NotVerifiedError(f"{path.name} was reformatted after it was signed")
    if key is not None and key_id != key.keyid:
        raise NotVerifiedError(f"{path.name} was signed with a different key than the given one")
    try:
        return _certificate(envelope.payload, key_id)
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
        sha256(key_id.encode()).hexdigest(),
    )


def _encoded(stated: Mapping[str, Any]) -> bytes:
    return json.dumps(stated, sort_keys=True).encode()


def _text(envelope: Envelope) -> str:
    return json.dumps(envelope.to_dict(), indent=1) + "\n"


def _key_with_id(key: _PublicKey) -> SSlibKey:
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return SSlibKey.from_crypto(key, keyid=_KEY_PREFIX + base64.b64encode(der).decode())


def _key_from_id(key_id: str) -> SSlibKey:
    """Return the key that a key id contains; raise ValueError if it is not valid."""
    key = serialization.load_der_public_key(base64.b64decode(key_id.removeprefix(_KEY_PREFIX), validate=True))
    return _key_with_id(cast("_PublicKey", key))


def _pem(signer: CryptoSigner) -> bytes:
    key = serialization.load_pem_private_key(signer.private_bytes, None).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
