"""What reports show of a certified run, as labels and values in one order."""

from collections.abc import Mapping
from typing import Any


def certificate_facts(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the facts of the certificate that a record names, by label; empty without one.

    They are the statement of the issuer: `conformance verify` checks them.
    """
    certificate = record.get("certificate")
    if certificate is None:
        return {}
    suite = record["suite"]
    return {
        "vendor": certificate["vendor"],
        "product": certificate["product"],
        "version": certificate["version"],
        "target": record["target"]["origin"],
        "tested": record["started"],
        "issued": certificate["issued"],
        "valid until": certificate["expires"],
        "key": f"SHA-256 {certificate['key_id']}",
        "suite": f"{suite['name']} {suite['version']}",
        "engines": engines_text(record),
    }


def engines_text(record: Mapping[str, Any]) -> str:
    """Return the engines of the suite with their versions."""
    return ", ".join(f"{name} {version}" for name, version in record["suite"]["engines"].items())


def product_name(record: Mapping[str, Any]) -> str:
    """Return product and version as the certificate names them; empty without a certificate."""
    certificate = record.get("certificate")
    return "" if certificate is None else f"{certificate['product']} {certificate['version']}"
