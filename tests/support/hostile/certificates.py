"""Certificates of servers that a client must reject."""

import datetime as dt
import ipaddress
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_DAY: Final = dt.timedelta(days=1)
_LOOPBACK: Final = x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))
_OTHER_HOST: Final = x509.DNSName("elsewhere.test")


def write_certificate(kind: str, folder: Path) -> tuple[Path, str | None]:
    """Write a certificate with its key, and the authority that clients trust, if any; return the files."""
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    is_self_signed = kind == "self-signed"
    until = -_DAY if kind == "expired" else _DAY
    name = _OTHER_HOST if kind == "wrong-host" else _LOOPBACK
    certificate = _certificate(
        "target", key, ("target", key) if is_self_signed else ("authority", authority), name, until
    )
    certificate_file = folder / f"{kind}.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    certificate_file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    if is_self_signed:
        return certificate_file, None
    trusted = folder / f"{kind}-authority.pem"
    root = _certificate("authority", authority, ("authority", authority), None, _DAY)
    trusted.write_bytes(root.public_bytes(Encoding.PEM))
    return certificate_file, str(trusted)


def _certificate(
    subject: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: tuple[str, ec.EllipticCurvePrivateKey],
    name: x509.GeneralName | None,
    until: dt.timedelta,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer[0]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 10 * _DAY)
        .not_valid_after(now + until)
        .add_extension(x509.BasicConstraints(ca=name is None, path_length=None), critical=True)
    )
    if name is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([name]), critical=False)
    return builder.sign(issuer[1], hashes.SHA256())


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
