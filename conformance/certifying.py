"""The commands around certificates: keygen, certify, verify."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click

from conformance import certificate
from conformance.certificate import KeyFileError, Product, Term
from conformance.command import attended
from conformance.configuration import ConfigurationError, merged, settings, without_secrets
from conformance.verification import UnverifiableError, Verification, verified
from reports import private
from reports.endings import BROKEN, INTERRUPTED, UNUSABLE
from reports.inert import inert

_HOLDS, _FAILS = 0, 1
_OWN: Final = ("key", "vendor", "product", "product_version", "days")
_SHAPELESS: Final = frozenset({BROKEN, INTERRUPTED, UNUSABLE})  # runs of which nothing can be certified


def keygen_command(folder: str) -> int:
    """Write a key pair, and say where it is."""
    try:
        private, public = certificate.generate(Path(folder))
    except FileExistsError as error:
        return _unusable(f"{error.filename} is there already; choose another folder")
    except OSError as error:
        return _unusable(f"{folder} cannot be written to: {error.strerror}")
    click.echo(
        f"{private}  keep it to yourself: it signs in your name\n{public}  give it to whoever verifies"
    )
    return 0


def certify_command(options: Mapping[str, Any]) -> int:
    """Run, sign what was found, and return the exit code of the run."""
    told = {name: value for name, value in options.items() if name not in _OWN}
    try:
        signer = certificate.signer(Path(options["key"]))
        _check(merged(told))
        chosen = settings(told)
    except (ConfigurationError, KeyFileError) as error:
        return _unusable(str(error))
    folder = chosen.output
    try:
        record = attended(chosen)
    except ConfigurationError as error:
        return _unusable(str(error))
    if record["exit_code"] in _SHAPELESS:
        click.echo("nothing is certified: the run did not come to its end", err=True)
        return int(record["exit_code"])
    issued = datetime.now(UTC).replace(microsecond=0)
    product = Product(options["vendor"], options["product"], options["product_version"])
    term = Term(issued, issued + timedelta(days=options["days"]))
    statement = certificate.statement(record, certificate.digests(folder), product, term)
    private.write(certificate.signed(statement, signer), folder / certificate.FILE)
    click.echo(f"{folder / certificate.FILE}  valid until {term.expires:%Y-%m-%d}")
    return int(record["exit_code"])


def verify_command(path: str, public_key: str | None) -> int:
    """Say first what a bundle is worth, then why."""
    try:
        found = verified(Path(path), Path(public_key) if public_key else None)
    except (UnverifiableError, KeyFileError) as error:
        return _unusable(str(error))
    _show(found)
    return _HOLDS if found.holds else _FAILS


def _check(told: Mapping[str, Any]) -> None:
    """Refuse what would make a certificate depend on chance, or be about nobody's server."""
    if not told.get("target"):
        raise ConfigurationError("a certificate is about a server of yours: name it with --target")
    if told.get("seed") is not None:
        raise ConfigurationError(
            "--seed draws other cases: a certificate rests on the same ones for everybody"
        )
    if told.get("fail_fast"):
        raise ConfigurationError("--fail-fast leaves requirements undecided: certify without it")


def _show(found: Verification) -> None:
    click.echo(found.worth)
    for problem in found.problems:
        click.echo(f"  differs   {inert(problem)}")
    for note in found.notes:
        click.echo(f"  note      {inert(note)}")
    if found.record and not found.problems:
        counts = {verdict: number for verdict, number in found.record["counts"].items() if number}
        told = ", ".join(f"{number} {verdict}" for verdict, number in counts.items())
        click.echo(f"  verdicts  the same as recorded: {told} ({found.record['requests']} exchanges)")


def _unusable(problem: str) -> int:
    click.echo(f"conformance: {without_secrets(problem)}", err=True)
    return UNUSABLE
