"""Keys of certificates: generation, PEM files, and signers.

A `Signer` is all that signing needs. `FileSigner` has its private key in a PEM file; a signer whose private
key stays in a KMS or an HSM implements the same three members.
"""

import base64
import errno
import os
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from securesystemslib.signer import CryptoSigner, SSlibKey

from reports.files import input_files
from reports.files.private_files import create_file

PRIVATE_KEY_FILE: Final = "private.pem"
PUBLIC_KEY_FILE: Final = "public.pem"
_PUBLIC_MODE: Final = 0o644
_ENVELOPE_PREFIX: Final = (
    "spki:"  # the id in an envelope contains the public key, so that changes are detected
)

PublicKey = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey
_PrivateKey = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


class KeyFileError(ValueError):
    """A key file cannot be used."""


class EncryptedKeyError(KeyFileError):
    """A private key is encrypted, and no passphrase was specified."""


class Signer(Protocol):
    """Signs with a private key, wherever that key is."""

    @property
    def key_id(self) -> str:
        """Return the SHA-256 of the public key, in hexadecimal digits."""

    @property
    def public_key(self) -> PublicKey:
        """Return the public key, Ed25519 or ECDSA."""

    def sign(self, content: bytes) -> bytes:
        """Return the signature: with Ed25519, or with ECDSA and the digest of the size of the curve."""


@dataclass(frozen=True)
class FileSigner:
    """Signs with a private key that was read from a file."""

    _private_key: _PrivateKey

    @property
    def key_id(self) -> str:
        """Return the SHA-256 of the public key, in hexadecimal digits."""
        return key_id(self.public_key)

    @property
    def public_key(self) -> PublicKey:
        """Return the public key."""
        return self._private_key.public_key()

    def sign(self, content: bytes) -> bytes:
        """Return the signature."""
        return bytes.fromhex(self._signer.sign(content).signature)

    @cached_property
    def _signer(self) -> CryptoSigner:
        return CryptoSigner(self._private_key, envelope_key(self.public_key))


def generate_keys(folder: Path, passphrase: str | None = None) -> tuple[Path, Path]:
    """Write a new Ed25519 key pair; raise FileExistsError instead of overwriting one.

    With a passphrase, the private key is encrypted.
    """
    folder.mkdir(parents=True, exist_ok=True)
    key = ed25519.Ed25519PrivateKey.generate()
    private, public = folder / PRIVATE_KEY_FILE, folder / PUBLIC_KEY_FILE
    if os.path.lexists(public):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(public))
    encryption = (
        serialization.NoEncryption()
        if passphrase is None
        else serialization.BestAvailableEncryption(passphrase.encode())
    )
    with create_file(private) as file:
        file.write(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
        )
    with create_file(public, _PUBLIC_MODE) as file:
        file.write(
            key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
    return private, public


def load_signer(path: Path, passphrase: str | None = None) -> FileSigner:
    """Read a private key in PEM; raise KeyFileError if it cannot be used for signing.

    Raises EncryptedKeyError for an encrypted key without a passphrase. A passphrase for a key that is not
    encrypted is ignored.
    """
    try:
        content = input_files.read_bytes(path, limit=input_files.CREDENTIALS)
    except input_files.InputFileError as error:
        raise KeyFileError(str(error)) from None
    signer = FileSigner(_private_key(path, content, passphrase))
    try:
        envelope_key(signer.public_key)
    except ValueError as error:
        raise KeyFileError(f"{path} cannot sign: {error}") from None
    return signer


def load_public_key(path: Path) -> SSlibKey:
    """Read a public key in PEM; raise KeyFileError if there is none."""
    try:
        key = serialization.load_pem_public_key(input_files.read_bytes(path, limit=input_files.CREDENTIALS))
    except input_files.InputFileError as error:
        raise KeyFileError(str(error)) from None
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path} does not contain a public key: {error}") from None
    if not isinstance(key, PublicKey):
        raise KeyFileError(f"{path} does not contain an Ed25519 or ECDSA key")
    return envelope_key(key)


def key_id(key: PublicKey) -> str:
    """Return the SHA-256 of a public key, in hexadecimal digits."""
    return sha256(_der(key)).hexdigest()


def envelope_key(key: PublicKey) -> SSlibKey:
    """Return a public key with the id that it has in an envelope."""
    return SSlibKey.from_crypto(key, keyid=_ENVELOPE_PREFIX + base64.b64encode(_der(key)).decode())


def key_of_envelope(envelope_id: str) -> SSlibKey:
    """Return the key that an id in an envelope contains.

    Raises ValueError if it is not valid, UnsupportedAlgorithm if it is of another kind.
    """
    return envelope_key(_public_key(envelope_id))


def key_id_of_envelope(envelope_id: str) -> str:
    """Return the SHA-256 of the key that an id in an envelope contains."""
    return key_id(_public_key(envelope_id))


def _private_key(path: Path, content: bytes, passphrase: str | None) -> _PrivateKey:
    try:
        key = serialization.load_pem_private_key(content, None)
    except TypeError:  # the only one that the library raises without a passphrase: the key is encrypted
        if not passphrase:
            raise EncryptedKeyError(f"{path} is encrypted, and no passphrase was specified") from None
        key = _decrypted(path, content, passphrase)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path} does not contain a usable private key: {error}") from None
    if not isinstance(key, _PrivateKey):
        raise KeyFileError(
            f"{path} does not contain an Ed25519 or ECDSA key; `conformance keygen` generates one"
        )
    return key


def _decrypted(path: Path, content: bytes, passphrase: str) -> PrivateKeyTypes:
    try:
        return serialization.load_pem_private_key(content, passphrase.encode("utf-8", "surrogateescape"))
    except (ValueError, TypeError, UnsupportedAlgorithm):  # their messages are not needed, and not trusted
        raise KeyFileError(
            f"{path} cannot be decrypted: the passphrase is wrong, or the file is damaged"
        ) from None


def _public_key(envelope_id: str) -> PublicKey:
    content = base64.b64decode(envelope_id.removeprefix(_ENVELOPE_PREFIX), validate=True)
    key = serialization.load_der_public_key(content)
    if not isinstance(key, PublicKey):
        raise UnsupportedAlgorithm("the key is not an Ed25519 or ECDSA key")
    return key


def _der(key: PublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
