"""A certificate: the results of a run, signed, with the digest of each file of the bundle.

It is an in-toto Statement (v1) with the test-result predicate (v0.1) in a DSSE envelope. The subjects of the
statement are the files of the bundle; what the predicate has no member for is in its configuration.
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

from conformance.certificate.chronology import Term
from conformance.evidence.evidence_reader import moment
from conformance.results.output_folder import CERTIFICATE
from reports.files import input_files
from reports.files.private_files import created
from reports.records.overall_status import CONFORMS, PARTIAL, WITH_WAIVERS, worth
from reports.records.plain_run import differences
from spec.validation import errors

FILE: Final = CERTIFICATE
PRIVATE: Final = "private.pem"
PUBLIC: Final = "public.pem"
_FOR_EVERYBODY: Final = 0o644
STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "https://in-toto.io/attestation/test-result/v0.1"
_PAYLOAD: Final = "application/vnd.in-toto+json"
_BRIEF: Final = 300  # characters of a problem that an error shows
_KEY: Final = "spki:"  # a key id holds the public key itself, so that a bundle can be checked for accidents
_UNREADABLE: Final = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
    UnsupportedAlgorithm,
)  # raised when a certificate is not what it should be
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
}  # what a verifier reads of a statement; it computes the rest from the evidence and compares
_PublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey


class KeyFileError(ValueError):
    """A key cannot be used: which file, and why."""


class NotVerifiedError(ValueError):
    """A certificate is not what somebody signed."""


@dataclass(frozen=True)
class Product:
    """What the certificate says was tested, in the words of who asked for it."""

    vendor: str
    product: str
    version: str


@dataclass(frozen=True)
class Certificate:
    """A certificate whose signature is that of the key that it names."""

    payload: bytes  # the statement as it was signed
    subjects: Mapping[str, str]  # the SHA-256 of each file of the bundle, by its path
    product: Product
    term: Term
    key: str  # SHA-256 of the public key, in hexadecimal digits

    def states(self, record: Mapping[str, Any]) -> bool:
        """Return whether the statement is the one that a record gives, with no member more or less."""
        return _encoded(statement(record, self.subjects, self.product, self.term)) == self.payload


def generate(folder: Path) -> tuple[Path, Path]:
    """Write a new Ed25519 key pair; raise FileExistsError rather than overwrite one."""
    folder.mkdir(parents=True, exist_ok=True)
    signer = CryptoSigner.generate_ed25519()
    private, public = folder / PRIVATE, folder / PUBLIC
    if os.path.lexists(public):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(public))
    with created(private) as file:
        file.write(signer.private_bytes)
    with created(public, _FOR_EVERYBODY) as file:
        file.write(_pem(signer))
    return private, public


def statement(
    record: Mapping[str, Any], files: Mapping[str, str], product: Product, term: Term
) -> dict[str, Any]:
    """Return what is certified of a record; `files` are the digests of the bundle by name."""
    by_verdict: dict[str, list[str]] = {}
    for each in record["requirements"]:
        by_verdict.setdefault(each["verdict"], []).append(each["id"])
    return {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in sorted(files.items())],
        "predicateType": PREDICATE,
        "predicate": {
            "result": _result(record),
            "configuration": [_configuration(record, by_verdict, product, term)],
            "passedTests": by_verdict.get("passed", []),
            "warnedTests": by_verdict.get("warned", []),
            "failedTests": by_verdict.get("failed", []),
        },
    }


def _result(record: Mapping[str, Any]) -> str:
    """Return the one word of the predicate, which must not promise more than the whole."""
    told = worth(record)
    if told == CONFORMS:
        return "WARNED" if record["counts"].get("warned") else "PASSED"
    return "WARNED" if told in {WITH_WAIVERS, PARTIAL} else "FAILED"


def _configuration(
    record: Mapping[str, Any], by_verdict: Mapping[str, list[str]], product: Product, term: Term
) -> dict[str, Any]:
    suite = record["suite"]
    return {
        "name": suite["name"],
        "digest": {"sha256": suite["spec"]},
        "annotations": {
            "worth": worth(record),
            "product": asdict(product),
            "target": record["target"]["origin"],
            "issued": term.issued.isoformat(),
            "expires": term.expires.isoformat(),
            "suite": suite,
            "profiles": record["profiles"],
            "effort": record["effort"],
            "select": record["select"],
            "shard": record["shard"],
            "strict": record["strict"],
            "requests": record["requests"],
            "seed": record["seed"],
            "exploring": record.get("exploring", False),
            "readOnly": record.get("read_only", False),
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


def signer(path: Path) -> CryptoSigner:
    """Read a private key in PEM; raise KeyFileError where it cannot sign."""
    try:
        key = serialization.load_pem_private_key(
            input_files.content(path, limit=input_files.CREDENTIALS), None
        )
    except input_files.InputFileError as error:
        raise KeyFileError(str(error)) from None
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path} holds no private key that can be used: {error}") from None
    if not isinstance(key, ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey):
        raise KeyFileError(f"{path} holds another key than Ed25519 or ECDSA; `conformance keygen` makes one")
    try:
        return CryptoSigner(key, _named(key.public_key()))
    except ValueError as error:
        raise KeyFileError(f"{path} cannot sign: {error}") from None


def signed(told: Mapping[str, Any], by: CryptoSigner) -> str:
    """Return a statement in its envelope, as the file holds it."""
    envelope = Envelope(_encoded(told), _PAYLOAD, {})
    envelope.sign(by)
    return _text(envelope)


def public_key(path: Path) -> SSlibKey:
    """Read a public key in PEM; raise KeyFileError where there is none."""
    try:
        key = serialization.load_pem_public_key(input_files.content(path, limit=input_files.CREDENTIALS))
    except input_files.InputFileError as error:
        raise KeyFileError(str(error)) from None
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path} holds no public key: {error}") from None
    if not isinstance(key, ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey):
        raise KeyFileError(f"{path} holds another key than Ed25519 or ECDSA")
    return _named(key)


def read(path: Path, key: SSlibKey | None) -> Certificate:
    """Read a certificate and check its signature: by the key that is given, else by the one it names itself.

    Raises NotVerifiedError where it is not what was signed, or not a statement of this suite.
    """
    try:
        document = input_files.content(path, limit=input_files.CERTIFICATE, follow_links=False)
    except input_files.InputFileError as error:
        raise NotVerifiedError(str(error)) from None
    text = document.decode("utf-8", "replace")
    try:
        envelope = Envelope.from_dict(input_files.json_value(document))
        (named,) = envelope.signatures
        envelope.verify([_of(named)], 1)
        canonical = text == _text(envelope)
    except (Error, *_UNREADABLE) as error:
        problem = f"does not bear the signature of the key that it names ({type(error).__name__})"
        raise NotVerifiedError(f"{path.name} {problem}") from None
    if envelope.payload_type != _PAYLOAD or not canonical:
        raise NotVerifiedError(f"{path.name} is not written as it was when it was signed")
    if key is not None and named != key.keyid:
        raise NotVerifiedError(f"{path.name} was signed with another key than the one that was given")
    try:
        return _certificate(envelope.payload, named)
    except _UNREADABLE as error:
        problem = str(error) or type(error).__name__
        raise NotVerifiedError(
            f"{path.name} is not a certificate of this suite: {problem[:_BRIEF]}"
        ) from None


def _certificate(payload: bytes, key: str) -> Certificate:
    """Return what a statement says; raise one of the errors of reading something else."""
    stated = input_files.json_value(payload)
    for error in errors(_STATEMENT, stated)[:1]:
        raise ValueError(f"{error.json_path}: {error.message}")
    annotations = stated["predicate"]["configuration"][0]["annotations"]
    return Certificate(
        payload,
        {subject["name"]: subject["digest"]["sha256"] for subject in stated["subject"]},
        Product(**annotations["product"]),
        Term(moment(annotations["issued"]), moment(annotations["expires"])),
        sha256(key.encode()).hexdigest(),
    )


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a bundle by its path in it, the certificate left out."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path != folder / FILE)
    return {path.relative_to(folder).as_posix(): input_files.digest(path) for path in files}


def _encoded(stated: Mapping[str, Any]) -> bytes:
    return json.dumps(stated, sort_keys=True).encode()


def _text(envelope: Envelope) -> str:
    return json.dumps(envelope.to_dict(), indent=1) + "\n"


def _named(key: _PublicKey) -> SSlibKey:
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return SSlibKey.from_crypto(key, keyid=_KEY + base64.b64encode(der).decode())


def _of(named: str) -> SSlibKey:
    """Return the key that a key id holds; raise ValueError where it holds none."""
    key = serialization.load_der_public_key(base64.b64decode(named.removeprefix(_KEY), validate=True))
    return _named(cast("_PublicKey", key))


def _pem(signer: CryptoSigner) -> bytes:
    key = serialization.load_pem_private_key(signer.private_bytes, None).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
