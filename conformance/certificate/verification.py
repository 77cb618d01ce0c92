"""Verification of a bundle: its signature, its files, and its verdicts recomputed from the evidence."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from conformance.certificate import (
    allure_comparison,
    bundle_files,
    chronology,
    ledger_comparison,
    record_comparison,
)
from conformance.certificate.bundle_files import BundleFiles
from conformance.engine.runner import replay
from conformance.evidence import evidence_file, evidence_reader
from conformance.evidence.evidence_reader import EvidenceError, RecordedRun
from conformance.results.output_folder import CERTIFICATE
from conformance.runtime.versions import suite_versions
from reports.files import input_files
from reports.files.input_files import InputFileError
from reports.records import results_file
from reports.records.exit_codes import INTERNAL_ERROR, INTERRUPTED, USAGE_ERROR
from reports.records.overall_status import CONFORMS, overall_status

if TYPE_CHECKING:
    from conformance.certificate.attestation import Certificate

DOES_NOT_VERIFY: Final = "does not verify"
EXPIRED: Final = "expired"
INCOMPLETE_EXIT_CODES: Final = frozenset(
    {INTERNAL_ERROR, INTERRUPTED, USAGE_ERROR}
)  # exit codes of incomplete runs


class UnverifiableError(ValueError):
    """The bundle cannot be verified by this installation, for example because of a different version."""


class Signature(StrEnum):
    """Result of the check of the signature."""

    BY_THE_GIVEN_KEY = "signed by the given key"
    NOT_AUTHENTICATED = "not authenticated: no --public-key given"
    NONE = "not signed: no certificate.json"
    INVALID = "not authenticated: the certificate is not valid"


@dataclass(frozen=True)
class Verification:
    """Result of the verification of a bundle."""

    status: str
    record: Mapping[str, Any] = field(default_factory=dict)  # recomputed from the evidence
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    signature: Signature = Signature.NONE
    certificate: "Certificate | None" = None

    @property
    def is_valid(self) -> bool:
        """Return whether there are no problems and the certificate has not expired."""
        return not self.problems and self.status != EXPIRED

    @property
    def conforms(self) -> bool:
        """Return whether the bundle shows full conformance and is signed by the given key."""
        return self.is_valid and self.status == CONFORMS and self.signature is Signature.BY_THE_GIVEN_KEY


def verify(path: Path, public_key: Path | None, *, now: datetime | None = None) -> Verification:
    """Verify a bundle, the folder of a run or an evidence file, offline.

    `now` is the time at which the validity of the certificate is checked, by default the current time. Raises
    UnverifiableError if this installation cannot verify it, KeyFileError for a key that cannot be used.
    """
    now = now or datetime.now(UTC)
    try:
        input_files.check_readable(path)
    except InputFileError as error:
        raise UnverifiableError(str(error)) from None
    folder = path if input_files.is_folder(path) else path.parent
    if folder != path and path.name not in {CERTIFICATE, results_file.FILE}:
        return _verify_evidence(path, public_key, now)
    try:
        return _verify_folder(folder, public_key, now)
    except OSError as error:
        raise UnverifiableError(f"{error.filename or folder} cannot be read: {error.strerror}") from None


def _verify_folder(folder: Path, public_key: Path | None, now: datetime) -> Verification:
    files = bundle_files.list_bundle(folder)
    if files.problems:
        signature = _signature_without_check(files, public_key)
        return Verification(DOES_NOT_VERIFY, problems=tuple(files.problems), signature=signature)
    if CERTIFICATE in files.regular:
        return _verify_certificate(folder, files, public_key, now)
    _expect_no_key(folder, public_key)
    return _verify_results(folder, files, now)


def _signature_without_check(files: BundleFiles, public_key: Path | None) -> Signature:
    """Return the signature state of a bundle that is rejected before its certificate is read."""
    signed = CERTIFICATE in files.regular or public_key is not None
    return Signature.INVALID if signed else Signature.NONE


def _expect_no_key(path: Path, public_key: Path | None) -> None:
    if public_key is not None:
        raise UnverifiableError(f"{path} has no {CERTIFICATE}: --public-key cannot be used")


def _verify_evidence(path: Path, public_key: Path | None, now: datetime) -> Verification:
    _expect_no_key(path, public_key)
    try:
        run = _read_evidence(path, follow_links=True)
        problems = tuple(chronology.run_problems(run, now))
        record = _replayed(run)
    except EvidenceError as error:
        return Verification(DOES_NOT_VERIFY, problems=(str(error),))
    notes = (f"no {results_file.FILE} to compare with",)
    return Verification(DOES_NOT_VERIFY if problems else overall_status(record), record, problems, notes)


def _verify_results(folder: Path, files: BundleFiles, now: datetime) -> Verification:
    notes = ["not signed: anyone with write access could have changed these files"]
    if files.unexpected:
        notes.append(f"unexpected files, not verified: {', '.join(files.unexpected)}")
    allure = bundle_files.ALLURE in files.folders
    if not allure:
        notes.append(f"{bundle_files.ALLURE}/ is missing")
    try:
        run = _read_evidence(_evidence_path(folder))
        recorded = _recorded(folder)
        problems = (*_missing_certificate(recorded), *chronology.run_problems(run, now))
        record, differences = _compared(folder, run, recorded, with_allure=allure)
    except InputFileError as error:
        return Verification(DOES_NOT_VERIFY, problems=(str(error),), notes=tuple(notes))
    problems = (*problems, *differences)
    return Verification(
        DOES_NOT_VERIFY if problems else overall_status(record), record, problems, tuple(notes)
    )


def _missing_certificate(recorded: Mapping[str, Any]) -> Iterator[str]:
    """Yield a problem if the record of a folder without a certificate names one."""
    if "certificate" in recorded:
        yield f"{results_file.FILE} names a certificate, but {CERTIFICATE} is missing"


def _verify_certificate(
    folder: Path, files: BundleFiles, public_key: Path | None, now: datetime
) -> Verification:
    from conformance.certificate import (  # noqa: PLC0415 - cryptography is slow to import and rarely used
        attestation,
        keys,
    )

    key = keys.load_public_key(public_key) if public_key else None
    try:
        certificate = attestation.read(folder / CERTIFICATE, key)
    except attestation.NotVerifiedError as error:
        return Verification(DOES_NOT_VERIFY, problems=(str(error),), signature=Signature.INVALID)
    signature = Signature.BY_THE_GIVEN_KEY if key else Signature.NOT_AUTHENTICATED
    record: Mapping[str, Any] = {}
    try:
        problems = _file_problems(folder, files, certificate)
        if not problems:
            record, problems = _run_problems(folder, certificate, now)
    except InputFileError as error:
        problems = (str(error),)
    status = (
        EXPIRED
        if certificate.validity.has_expired(now)
        else overall_status(record)
        if record
        else DOES_NOT_VERIFY
    )
    return Verification(
        DOES_NOT_VERIFY if problems else status,
        record,
        problems,
        signature=signature,
        certificate=certificate,
    )


def _file_problems(folder: Path, files: BundleFiles, certificate: "Certificate") -> tuple[str, ...]:
    """Return the problems of the files, and the differences of the certificate from results.json."""
    changed = list(_changed(certificate.subjects, bundle_files.file_digests(folder)))
    reported = {problem.partition(" ")[0] for problem in changed}
    changed += [f"{name} is an unexpected file" for name in files.unexpected if name not in reported]
    if changed:
        return tuple(changed)
    recorded = _recorded(folder)
    if not certificate.matches_record(recorded):
        return (f"{CERTIFICATE} differs from {results_file.FILE}",)
    if recorded["exit_code"] in INCOMPLETE_EXIT_CODES or not recorded["footer"]["complete"]:
        return (f"{results_file.FILE} is the record of a run that did not complete: {recorded['verdict']}",)
    if not recorded["requirements"]:
        return (f"{results_file.FILE} contains no requirements",)
    return ()


def _run_problems(
    folder: Path, certificate: "Certificate", now: datetime
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Return the record recomputed from the evidence, and the problems of the run."""
    recorded = _recorded(folder)
    run = _read_evidence(_evidence_path(folder))
    problems = [
        *chronology.run_problems(run, now),
        *chronology.certificate_problems(run, certificate.validity, recorded["waivers"], now),
    ]
    record, differences = _compared(folder, run, recorded, with_allure=True)
    return record, (*problems, *differences)


def _compared(
    folder: Path, run: RecordedRun, recorded: Mapping[str, Any], *, with_allure: bool
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Replay the evidence; return the recomputed record, and the differences of the folder from it."""
    with tempfile.TemporaryDirectory() as temporary:
        record = _replayed(run, Path(temporary))
        problems = list(record_comparison.differences(folder, recorded, record))
        if record["exit_code"] != INTERRUPTED:
            problems += ledger_comparison.differences(folder, Path(temporary))
    if with_allure and not problems:
        problems += allure_comparison.differences(folder, recorded)
    return record, tuple(problems)


def _changed(signed: Mapping[str, str], actual: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(signed.keys() | actual.keys()):
        if name not in actual:
            yield f"{name} is missing"
        elif name not in signed:
            yield f"{name} is not among the signed files"
        elif actual[name] != signed[name]:
            yield f"{name} was changed after signing (SHA-256 {actual[name]})"


def _evidence_path(folder: Path) -> Path:
    for name in bundle_files.EVIDENCE_FILES:
        if (folder / name).is_file():
            return folder / name
    raise EvidenceError(f"{folder} has no evidence: {evidence_file.FILE_NAME} is missing")


def _read_evidence(path: Path, *, follow_links: bool = False) -> RecordedRun:
    """Read the evidence; raise UnverifiableError if other versions wrote it."""
    run = evidence_reader.read_evidence(path, follow_links=follow_links)
    differences = list(_version_differences(run.header["suite"], suite_versions()))
    if differences:
        raise UnverifiableError(f"{path} was created with other versions: {'; '.join(differences)}")
    return run


def _version_differences(recorded: Mapping[str, Any], installed: Mapping[str, Any]) -> Iterator[str]:
    """Yield the differences of versions that change generated cases or verdicts."""
    for name in ("version", "spec"):
        if recorded.get(name) != installed[name]:
            yield f"{name} {recorded.get(name)}, here {installed[name]}"
    engines = recorded.get("engines", {})
    for name, version in installed["engines"].items():
        if engines.get(name) != version:
            yield f"{name} {engines.get(name)}, here {version}"


def _replayed(run: RecordedRun, folder: Path | None = None) -> Mapping[str, Any]:
    record: Mapping[str, Any] = json.loads(json.dumps(replay(run, folder)))
    return record


def _recorded(folder: Path) -> Mapping[str, Any]:
    try:
        return results_file.read_validated(folder / results_file.FILE)
    except results_file.UnusableResultsError as error:
        raise EvidenceError(str(error)) from None
