"""Keys of certificates: generation, passphrases and signers."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from conformance.certificate import attestation
from conformance.certificate.chronology import Validity
from conformance.certificate.keys import (
    PRIVATE_KEY_FILE,
    PUBLIC_KEY_FILE,
    EncryptedKeyError,
    KeyFileError,
    envelope_key,
    generate_keys,
    key_id,
    load_public_key,
    load_signer,
)
from conformance.cli import signing_keys
from conformance.cli.main import main
from conformance.cli.signing_keys import VARIABLE
from tests.support.fake_targets import ENVIRONMENT
from tests.support.forged_certificates import PRODUCT, verify_bundle
from tests.support.forged_certificates import certify as certify_run
from tests.support.run_records import record, requirement


def invoke(*arguments: str, env: Mapping[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False, env=env)


def test_an_ecdsa_key_signs_as_well(bundle: Path, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / PRIVATE_KEY_FILE).write_bytes(pem(key))
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (tmp_path / PUBLIC_KEY_FILE).write_bytes(public)
    certify_run(bundle, tmp_path)
    assert verify_bundle(bundle, tmp_path).status == "partial"


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    no_encryption = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_encryption)


def test_unusable_keys_are_rejected_by_name(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    with pytest.raises(KeyFileError, match=r"key\.pem cannot be read: No such file"):
        load_signer(path)
    path.write_bytes(b"no key")
    with pytest.raises(KeyFileError, match=r"key\.pem does not contain a usable private key"):
        load_signer(path)
    with pytest.raises(KeyFileError, match=r"key\.pem does not contain a public key"):
        load_public_key(path)
    path.write_bytes(pem(rsa.generate_private_key(65537, 2048)))
    with pytest.raises(KeyFileError, match="does not contain an Ed25519 or ECDSA key"):
        load_signer(path)


def test_keygen_creates_a_key_pair_and_overwrites_none(tmp_path: Path) -> None:
    assert invoke("keygen", str(tmp_path / "keys")).exit_code == 0
    assert (tmp_path / "keys" / "private.pem").stat().st_mode & 0o777 == 0o600
    before = (tmp_path / "keys" / "private.pem").read_bytes()
    second = invoke("keygen", str(tmp_path / "keys"))
    assert second.exit_code == 2
    assert "already exists" in second.output
    assert (tmp_path / "keys" / "private.pem").read_bytes() == before


def certify(folder: Path, keys: Path, *arguments: str) -> Result:
    product = ("--vendor", "Vendor", "--product", "Server", "--product-version", "2.1")
    key = ("--key", str(keys / PRIVATE_KEY_FILE))
    return invoke("certify", *key, *product, "--output", str(folder), *arguments, env=ENVIRONMENT)


class RemoteSigner:
    """A signer whose private key is elsewhere, as in a KMS: not a class of the suite."""

    def __init__(self) -> None:
        self._key = ed25519.Ed25519PrivateKey.generate()

    @property
    def key_id(self) -> str:
        return key_id(self.public_key)

    @property
    def public_key(self) -> ed25519.Ed25519PublicKey:
        return self._key.public_key()

    def sign(self, content: bytes) -> bytes:
        return self._key.sign(content)


def test_a_signer_with_a_remote_key_signs_a_certificate(tmp_path: Path) -> None:
    signer = RemoteSigner()
    issued = datetime.now(UTC).replace(microsecond=0)
    validity = Validity(issued, issued + timedelta(days=1))
    entry = attestation.certificate_entry(PRODUCT, validity, signer.key_id)
    certified_record = {**record(requirement("passed")), "certificate": entry}
    path = tmp_path / attestation.FILE
    path.write_text(attestation.sign(attestation.statement(certified_record, {}), signer))
    certificate = attestation.read(path, envelope_key(signer.public_key))
    assert certificate.matches_record(certified_record)
    assert certificate.key_id == signer.key_id


def test_the_key_id_is_the_digest_of_the_public_key(tmp_path: Path) -> None:
    generate_keys(tmp_path)
    public = serialization.load_pem_public_key((tmp_path / PUBLIC_KEY_FILE).read_bytes())
    der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert load_signer(tmp_path / PRIVATE_KEY_FILE).key_id == sha256(der).hexdigest()


PASSPHRASE = "correct horse battery"


def test_an_encrypted_key_is_generated_and_used_with_its_passphrase(tmp_path: Path) -> None:
    result = invoke("keygen", str(tmp_path), "--encrypt", env={VARIABLE: PASSPHRASE})
    assert result.exit_code == 0
    assert PASSPHRASE not in result.output
    assert "BEGIN ENCRYPTED PRIVATE KEY" in (tmp_path / PRIVATE_KEY_FILE).read_text()
    signer = load_signer(tmp_path / PRIVATE_KEY_FILE, PASSPHRASE)
    assert f"key       SHA-256 {signer.key_id}" in result.output
    with pytest.raises(EncryptedKeyError):
        load_signer(tmp_path / PRIVATE_KEY_FILE)


@pytest.mark.parametrize(
    "passphrase, message",
    [
        ("a wrong one 1", "cannot be decrypted: the passphrase is wrong, or the file is damaged"),
        ("", "is encrypted, and no passphrase was specified: set CONFORMANCE_KEY_PASSPHRASE"),
        (None, "is encrypted, and no passphrase was specified: set CONFORMANCE_KEY_PASSPHRASE"),
    ],
)
def test_a_missing_or_wrong_passphrase_is_a_usage_error(
    tmp_path: Path, passphrase: str | None, message: str
) -> None:
    generate_keys(tmp_path, PASSPHRASE)
    result = CliRunner().invoke(
        main,
        [
            *("certify", "--key", str(tmp_path / PRIVATE_KEY_FILE), "--output", str(tmp_path / "out")),
            *("--vendor", "V", "--product", "P", "--product-version", "1", "--target", "http://127.0.0.1:9"),
        ],
        env={**ENVIRONMENT, VARIABLE: passphrase},
    )
    assert result.exit_code == 2
    assert message in re.sub(r"\s+", " ", result.output)
    assert not passphrase or passphrase not in result.output
    assert PASSPHRASE not in result.output
    assert not (tmp_path / "out").exists()


def test_keygen_encrypts_only_with_a_passphrase(tmp_path: Path) -> None:
    result = invoke("keygen", str(tmp_path / "keys"), "--encrypt", env={VARIABLE: ""})
    assert result.exit_code == 2
    assert "--encrypt requires a passphrase that is not empty" in result.output
    assert not (tmp_path / "keys").exists()


def test_a_passphrase_is_asked_for_in_a_terminal_and_not_echoed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_keys, "_has_terminal", lambda: True)
    typed = f"{PASSPHRASE}\n{PASSPHRASE}\n"
    result = CliRunner().invoke(
        main, ["keygen", str(tmp_path), "--encrypt"], input=typed, env={VARIABLE: None}
    )
    assert result.exit_code == 0
    assert PASSPHRASE not in result.output
    typed_once = CliRunner().isolation(f"{PASSPHRASE}\n", env={VARIABLE: None})
    with typed_once:
        signer = signing_keys.load_signer(str(tmp_path / PRIVATE_KEY_FILE))
    assert signer.key_id in result.output
