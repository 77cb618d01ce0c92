"""Certificates that nobody should trust."""

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
_HERE: Final = x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))
_ELSEWHERE: Final = x509.DNSName("elsewhere.test")


def written(kind: str, folder: Path) -> tuple[Path, str | None]:
    """Write a certificate with its key, and its authority where that is to be trusted; return both files."""
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    own = kind == "self-signed"
    until = -_DAY if kind == "expired" else _DAY
    name = _ELSEWHERE if kind == "wrong-host" else _HERE
    made = _certificate("target", key, ("target", key) if own else ("authority", authority), name, until)
    served = folder / f"{kind}.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    served.write_bytes(private + made.public_bytes(Encoding.PEM))
    if own:
        return served, None
    trusted = folder / f"{kind}-authority.pem"
    root = _certificate("authority", authority, ("authority", authority), None, _DAY)
    trusted.write_bytes(root.public_bytes(Encoding.PEM))
    return served, str(trusted)


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
        .subject_name(_called(subject))
        .issuer_name(_called(issuer[0]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 10 * _DAY)
        .not_valid_after(now + until)
        .add_extension(x509.BasicConstraints(ca=name is None, path_length=None), critical=True)
    )
    if name is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([name]), critical=False)
    return builder.sign(issuer[1], hashes.SHA256())


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
