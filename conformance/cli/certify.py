"""The commands around certificates: keygen, certify, verify."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import click

from conformance.certificate import attestation, bundle_files, chronology
from conformance.certificate.attestation import Certificate, KeyFileError, Product
from conformance.certificate.bundle_files import RESPONSES
from conformance.certificate.chronology import Term
from conformance.certificate.verification import INCOMPLETE, UnverifiableError, Verification, verified
from conformance.cli.run import attended, show_notices
from conformance.config.loader import ConfigurationError, merged, settings
from conformance.evidence import evidence_reader
from conformance.redaction.redactor import redact_environment_credentials
from reports.files import input_files
from reports.files import private_files as private
from reports.presentation.sanitize import bounded, inert
from reports.records.exit_codes import UNUSABLE
from reports.records.overall_status import worth
from reports.records.plain_run import differences

_HOLDS, _FAILS = 0, 1
_OWN: Final = ("key", "vendor", "product", "product_version", "days")
_LONGEST: Final = 2_000  # characters of one line
_PLAIN: Final = "those of the plain certifying run"


def keygen_command(folder: str) -> int:
    """Write a key pair, and say where it is."""
    try:
        private, public = attestation.generate(Path(folder))
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
        signer = attestation.signer(Path(options["key"]))
        _check(merged(told))
        chosen = settings(told)
        _check_output(chosen.output)
    except (ConfigurationError, KeyFileError) as error:
        return _unusable(str(error))
    folder = chosen.output
    try:
        show_notices(chosen)
        record = attended(chosen)
    except ConfigurationError as error:
        return _unusable(str(error))
    if record["exit_code"] in INCOMPLETE:
        click.echo("nothing is certified: the run did not come to its end", err=True)
        return int(record["exit_code"])
    term = _term(record, options["days"])
    problem = next(_contradictions(folder, record, term), None)
    if problem:
        return _unusable(f"nothing is certified: {problem}; check the clock of this machine and run again")
    product = Product(options["vendor"], options["product"], options["product_version"])
    statement = attestation.statement(record, attestation.digests(folder), product, term)
    private.write(attestation.signed(statement, signer), folder / attestation.FILE)
    _show_certificate(folder / attestation.FILE, record, term)
    return int(record["exit_code"])


def verify_command(path: str, public_key: str | None, required: str | None = None) -> int:
    """Print the status of a bundle first, then the reasons; `required` is the only status that passes."""
    try:
        found = verified(Path(path), Path(public_key) if public_key else None)
    except (UnverifiableError, KeyFileError) as error:
        return _unusable(str(error))
    _show(found)
    if required is not None and not found.conforms:
        reason = _missing(found, required)
        click.echo(f"conformance: --require {required}: {reason}", err=True)
        return _FAILS
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


def _check_output(folder: Path) -> None:
    """Reject a folder with files of others: a bundle that holds them does not verify."""
    try:
        files = bundle_files.listed(folder) if input_files.is_folder(folder) else None
    except OSError as error:
        raise ConfigurationError(f"--output '{folder}' cannot be read: {error.strerror}") from None
    others = [*files.special, *files.unexpected] if files else []
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        raise ConfigurationError(
            f"--output '{folder}' holds {inert(others[0])}{more}, which is not a file of a run; "
            "name another folder"
        )


def _term(record: Mapping[str, Any], days: int) -> Term:
    """Return the validity of a certificate: it ends with the first waiver that applied, if that is sooner."""
    issued = datetime.now(UTC).replace(microsecond=0)
    expires = issued + timedelta(days=days)
    last_day = chronology.last_waived_day(record["waivers"])
    if last_day is not None:
        expires = min(expires, datetime.combine(last_day, time(23, 59, 59), UTC))
    return Term(issued, expires)


def _contradictions(folder: Path, record: Mapping[str, Any], term: Term) -> Iterator[str]:
    """Yield why a certificate of this run would not verify, which only a clock that was set can cause."""
    found = evidence_reader.read(next(folder / name for name in RESPONSES if (folder / name).is_file()))
    yield from chronology.run_problems(found, term.issued)
    yield from chronology.certificate_problems(found, term, record["waivers"], term.issued)


def _show_certificate(path: Path, record: Mapping[str, Any], term: Term) -> None:
    options = _options(record)
    click.echo(f"{path}  {worth(record)}  valid until {term.expires:%Y-%m-%d}")
    if options != _PLAIN:
        click.echo(f"  options   {_line(options)}")


def _missing(found: Verification, required: str) -> str:
    """Return why a bundle is not plain conformance under the signature of the given key."""
    if found.worth != required or found.problems:
        return f"the status is {found.worth!r}"
    return f"the bundle is {found.signature}"


def _show(found: Verification) -> None:
    click.echo(f"{found.worth}  {found.signature}")
    for problem in found.problems:
        click.echo(f"  differs   {_line(problem)}")
    for name, value in (*_of_the_record(found.record), *_of_the_certificate(found.certificate)):
        click.echo(f"  {name:<9} {_line(value)}")
    for note in found.notes:
        click.echo(f"  note      {_line(note)}")
    if found.record and not found.problems:
        counts = {verdict: number for verdict, number in found.record["counts"].items() if number}
        told = ", ".join(f"{number} {verdict}" for verdict, number in counts.items())
        click.echo(f"  verdicts  the same as recorded: {told} ({found.record['requests']} exchanges)")


def _of_the_record(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what was run, as the evidence gives it."""
    if not record:
        return
    yield "target", record["target"]["origin"]
    yield "profiles", ", ".join(record["profiles"])
    yield "effort", record["effort"]
    yield "options", _options(record)
    for waiver in record["waivers"]:
        yield "waiver", f"{waiver['requirement']} until {waiver['expires']} ({waiver['state']})"
    yield "run", f"{record['started']}, {record['seconds']:g} seconds"
    yield "suite", f"{record['suite']['name']} {record['suite']['version']}"


def _of_the_certificate(certificate: Certificate | None) -> Iterator[tuple[str, str]]:
    """Yield what the certificate says of itself."""
    if certificate is None:
        return
    product, term = certificate.product, certificate.term
    yield "product", f"{product.vendor} {product.product} {product.version}"
    yield "issued", f"{term.issued.isoformat()}, expires {term.expires.isoformat()}"
    yield "key", f"SHA-256 {certificate.key}"


def _options(record: Mapping[str, Any]) -> str:
    return ", ".join(difference.option for difference in differences(record)) or _PLAIN


def _unusable(problem: str) -> int:
    click.echo(f"conformance: {_line(redact_environment_credentials(problem))}", err=True)
    return UNUSABLE


def _line(text: str) -> str:
    """Return a text that may come from a file of anybody, harmless and not too long."""
    return inert(bounded(text, _LONGEST))
