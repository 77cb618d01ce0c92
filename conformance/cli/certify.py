"""The `conformance certify` and `verify` commands."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import click

from conformance.certificate import attestation, bundle_files, chronology
from conformance.certificate.attestation import Certificate, Product
from conformance.certificate.bundle_files import EVIDENCE_FILES
from conformance.certificate.chronology import Validity
from conformance.certificate.keys import KeyFileError, Signer
from conformance.certificate.verification import (
    INCOMPLETE_EXIT_CODES,
    UnverifiableError,
    Verification,
    verify,
)
from conformance.cli.interface.json_output import print_json
from conformance.cli.run import print_notices, run_with_progress
from conformance.config.loader import ConfigurationError, load_settings, merge_sources
from conformance.evidence import evidence_reader
from conformance.redaction.redactor import redact_environment_credentials
from conformance.results import output_folder
from reports import report_files
from reports.files import input_files, shared_files
from reports.presentation.log_commands import escape_log_line
from reports.presentation.sanitize import escape_unprintable, truncate
from reports.records.exit_codes import USAGE_ERROR
from reports.records.overall_status import overall_status, tally
from reports.records.plain_run import differences

_VERIFIED, _NOT_VERIFIED = 0, 1
_CERTIFICATE_OPTIONS: Final = ("vendor", "product", "product_version", "days")
_MAX_LINE_LENGTH: Final = 2_000  # characters
_MAX_NAME: Final = 100  # characters of a vendor, product or version
_DEFAULT_OPTIONS: Final = "those of the plain certifying run"


def certify_command(options: Mapping[str, Any], signer: Signer) -> int:
    """Run all checks, sign the results, and return the exit code of the run."""
    run_options = {name: value for name, value in options.items() if name not in _CERTIFICATE_OPTIONS}
    product = Product(options["vendor"], options["product"], options["product_version"])
    try:
        _check_product(product)
        _check_run_options(merge_sources(run_options), run_options)
        run_settings = load_settings(run_options)
        _check_output(run_settings.output)
        print_notices(run_settings)
        record = run_with_progress(run_settings)
        if record["exit_code"] in INCOMPLETE_EXIT_CODES:
            click.echo("no certificate was issued: the run did not complete", err=True)
            return int(record["exit_code"])
        return _issue(run_settings.output, record, product, _term(record, options["days"]), signer)
    except ConfigurationError as error:
        return _usage_error(str(error))


def _issue(folder: Path, record: Mapping[str, Any], product: Product, term: Validity, signer: Signer) -> int:
    """Write the reports with the certificate, sign them, and return the exit code of the run."""
    problem = next(_chronology_problems(folder, record, term), None)
    if problem:
        return _usage_error(
            f"no certificate was issued: {problem}; check the clock of this machine and run again"
        )
    certified = {
        **record,
        "certificate": attestation.certificate_entry(product, term, signer.key_id),
    }
    path = folder / attestation.FILE
    with output_folder.locked(folder):
        try:
            report_files.write(certified, folder)
            statement = attestation.statement(certified, bundle_files.file_digests(folder))
            shared_files.write(attestation.sign(statement, signer), path)
        except OSError as error:
            return _usage_error(f"no certificate was issued: {folder} cannot be written: {error.strerror}")
    _print_certificate(path, certified)
    return int(record["exit_code"])


def verify_command(
    path: str, public_key: str | None, required_status: str | None = None, *, as_json: bool = False
) -> int:
    """Verify a bundle, print its status and the reasons, and return the exit code.

    With `required_status`, any other status is a failure.
    """
    try:
        verification = verify(Path(path), Path(public_key) if public_key else None)
    except (UnverifiableError, KeyFileError) as error:
        return _usage_error(str(error))
    if as_json:
        print_json(_verification_members(verification))
    else:
        _print_verification(verification)
    if required_status is not None and not verification.conforms:
        reason = _unmet_requirement(verification, required_status)
        click.echo(f"conformance: --require {required_status}: {reason}", err=True)
        return _NOT_VERIFIED
    return _VERIFIED if verification.is_valid else _NOT_VERIFIED


def _check_product(product: Product) -> None:
    """Reject a name of a product that reports could not show as it is."""
    for option, value in (
        ("--vendor", product.vendor),
        ("--product", product.product),
        ("--product-version", product.version),
    ):
        if not value.strip() or not value.isprintable() or len(value) > _MAX_NAME:
            raise ConfigurationError(
                f"{option} {truncate(value, _MAX_NAME)!r}: specify 1 to {_MAX_NAME} printable characters"
            )


def _check_run_options(run_options: Mapping[str, Any], specified: Mapping[str, Any]) -> None:
    """Reject options that would make a certificate irreproducible, incomplete or without a target."""
    if not specified.get("output"):
        raise ConfigurationError("certify requires --output: a new or empty directory for the bundle")
    if not run_options.get("target"):
        raise ConfigurationError("certify requires --target")
    if run_options.get("seed") is not None:
        raise ConfigurationError("certify does not allow --seed: all certificates use the same test cases")
    if run_options.get("baseline") is not None:
        raise ConfigurationError("certify does not allow a baseline: remove the setting baseline")
    if run_options.get("fail_fast"):
        raise ConfigurationError("certify does not allow --fail-fast: it leaves requirements undecided")
    if run_options.get("max_failures") is not None:
        raise ConfigurationError("certify does not allow --max-failures: it leaves requirements undecided")
    if not run_options.get("verify_tls", True):
        raise ConfigurationError(
            "certify does not allow --no-verify-tls: another server may send the responses; specify the CA "
            "certificate of the target with --ca"
        )


def _check_output(folder: Path) -> None:
    """Reject a folder with a certificate, and one with files that are not part of a bundle."""
    try:
        files = bundle_files.list_bundle(folder) if input_files.is_folder(folder) else None
    except OSError as error:
        raise ConfigurationError(f"--output '{folder}' cannot be read: {error.strerror}") from None
    if files and attestation.FILE in files.regular:
        raise ConfigurationError(
            f"--output '{folder}' contains a bundle ({attestation.FILE}), which is never overwritten; "
            "specify another folder"
        )
    foreign_files = [*files.special, *files.unexpected] if files else []
    if foreign_files:
        more = f" and {len(foreign_files) - 1} more" if len(foreign_files) > 1 else ""
        raise ConfigurationError(
            f"--output '{folder}' contains {escape_unprintable(foreign_files[0])}{more}, "
            "which no run writes; specify another folder"
        )


def _term(record: Mapping[str, Any], days: int) -> Validity:
    """Return the validity of a certificate; it ends with the first applied waiver, if that is earlier."""
    issued = datetime.now(UTC).replace(microsecond=0)
    expires = issued + timedelta(days=days)
    last_day = chronology.first_waiver_expiry(record["waivers"])
    if last_day is not None:
        expires = min(expires, datetime.combine(last_day, time(23, 59, 59), UTC))
    return Validity(issued, expires)


def _chronology_problems(folder: Path, record: Mapping[str, Any], term: Validity) -> Iterator[str]:
    """Yield why a certificate of this run would not verify; the only cause is that the clock was changed."""
    evidence = evidence_reader.read_evidence(
        next(folder / name for name in EVIDENCE_FILES if (folder / name).is_file())
    )
    yield from chronology.run_problems(evidence, term.issued)
    yield from chronology.certificate_problems(evidence, term, record["waivers"], term.issued)


def _print_certificate(path: Path, record: Mapping[str, Any]) -> None:
    options, certificate = _options(record), record["certificate"]
    click.echo(f"{path}  {overall_status(record)}  valid until {certificate['expires'][:10]}")
    product = " ".join(certificate[name] for name in ("vendor", "product", "version"))
    click.echo(f"  product   {_sanitized(product)}\n  key       SHA-256 {certificate['key_id']}")
    if options != _DEFAULT_OPTIONS:
        click.echo(f"  options   {_sanitized(options)}")


def _unmet_requirement(verification: Verification, required_status: str) -> str:
    """Return why a bundle does not have the required status under the signature of the public key."""
    if verification.status != required_status or verification.problems:
        return f"the status is {verification.status!r}"
    return f"the bundle is {verification.signature}"


def _verification_members(verification: Verification) -> dict[str, Any]:
    """Return a verification as JSON members; those of the run are empty if nothing could be recomputed."""
    record, certificate = verification.record, verification.certificate
    return {
        "status": verification.status,
        "valid": verification.is_valid,
        "signature": str(verification.signature),
        "problems": list(verification.problems),
        "notes": list(verification.notes),
        "run": dict(_record_fields(record)) if record else {},
        "counts": record.get("counts", {}),
        "certificate": dict(_certificate_fields(certificate)),
    }


def _print_verification(verification: Verification) -> None:
    record = verification.record
    click.echo(f"{verification.status}  {verification.signature}")
    for problem in verification.problems:
        click.echo(f"  differs   {_sanitized(problem)}")
    for name, value in (*_record_fields(record), *_certificate_fields(verification.certificate)):
        click.echo(f"  {name:<9} {_sanitized(value)}")
    for note in verification.notes:
        click.echo(f"  note      {_sanitized(note)}")
    if record and not verification.problems:
        counts = ", ".join(f"{number} {verdict}" for verdict, number in record["counts"].items() if number)
        click.echo(f"  verdicts  the same as recorded: {counts} ({record['requests']} exchanges)")


def _record_fields(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the settings of the run according to its evidence, each with its label."""
    if not record:
        return
    yield "target", record["target"]["origin"]
    yield "profiles", ", ".join(record["profiles"])
    yield "effort", record["effort"]
    yield "options", _options(record)
    for waiver in record["waivers"]:
        yield "waiver", f"{waiver['requirement']} until {waiver['expires']} ({waiver['state']})"
    yield "summary", tally(record)
    yield "run", f"{record['started']}, {record['seconds']:g} seconds"
    suite = record["suite"]
    yield "suite", f"{suite['name']} {suite['version']}"
    yield "engines", ", ".join(f"{name} {version}" for name, version in suite["engines"].items())


def _certificate_fields(certificate: Certificate | None) -> Iterator[tuple[str, str]]:
    """Yield the contents of the certificate, each with its label."""
    if certificate is None:
        return
    product, term = certificate.product, certificate.validity
    yield "vendor", product.vendor
    yield "product", product.product
    yield "version", product.version
    yield "issued", term.issued.isoformat()
    yield "expires", term.expires.isoformat()
    yield "key", f"SHA-256 {certificate.key_id}"


def _options(record: Mapping[str, Any]) -> str:
    return ", ".join(difference.option for difference in differences(record)) or _DEFAULT_OPTIONS


def _usage_error(problem: str) -> int:
    click.echo(f"conformance: {_sanitized(redact_environment_credentials(problem))}", err=True)
    return USAGE_ERROR


def _sanitized(text: str) -> str:
    """Return a text of an untrusted file, escaped and truncated for the terminal."""
    return escape_log_line(truncate(text, _MAX_LINE_LENGTH))
