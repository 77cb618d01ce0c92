"""Verification of a bundle: its files are those that were signed, and its evidence gives its verdicts."""

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
from conformance.engine.runner import judged_again
from conformance.evidence import evidence_file, evidence_reader
from conformance.evidence.evidence_reader import EvidenceError, Testimony
from conformance.results.output_folder import CERTIFICATE
from conformance.runtime.versions import suite
from reports.files import input_files
from reports.files.input_files import InputFileError
from reports.records import results_file
from reports.records.exit_codes import BROKEN, INTERRUPTED, UNUSABLE
from reports.records.overall_status import CONFORMS, worth

if TYPE_CHECKING:
    from conformance.certificate.attestation import Certificate

DOES_NOT_VERIFY: Final = "does not verify"
EXPIRED: Final = "expired"
INCOMPLETE: Final = frozenset({BROKEN, INTERRUPTED, UNUSABLE})  # exit codes of runs that nothing is stated of


class UnverifiableError(ValueError):
    """The evidence cannot be judged here at all: what is missing, or which version is another."""


class Signature(StrEnum):
    """Who vouches for a bundle."""

    BY_THE_GIVEN_KEY = "signed by the given key"
    NOT_AUTHENTICATED = "not authenticated: no --public-key given"
    NONE = "not signed: no certificate.json"
    INVALID = "not authenticated: the certificate is not valid"


@dataclass(frozen=True)
class Verification:
    """The status of a bundle, and what does not agree."""

    worth: str
    record: Mapping[str, Any] = field(default_factory=dict)  # as the evidence gives it
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    signature: Signature = Signature.NONE
    certificate: "Certificate | None" = None

    @property
    def holds(self) -> bool:
        """Return whether everything agrees and is still valid."""
        return not self.problems and self.worth != EXPIRED

    @property
    def conforms(self) -> bool:
        """Return whether it is plain conformance, under the signature of the given key."""
        return self.holds and self.worth == CONFORMS and self.signature is Signature.BY_THE_GIVEN_KEY


def verified(path: Path, public_key: Path | None, *, now: datetime | None = None) -> Verification:
    """Judge a bundle, the folder of a run or a file of evidence again, without a network.

    `now` is the time for which it is asked whether the certificate is valid; the present without it.
    Raises UnverifiableError where that cannot be done here, KeyFileError for a key that cannot be used.
    """
    now = now or datetime.now(UTC)
    try:
        input_files.check_place(path)
    except InputFileError as error:
        raise UnverifiableError(str(error)) from None
    folder = path if input_files.is_folder(path) else path.parent
    if folder != path and path.name not in {CERTIFICATE, results_file.FILE}:
        return _of_evidence(path, public_key, now)
    try:
        return _of_folder(folder, public_key, now)
    except OSError as error:
        raise UnverifiableError(f"{error.filename or folder} cannot be read: {error.strerror}") from None


def _of_folder(folder: Path, public_key: Path | None, now: datetime) -> Verification:
    files = bundle_files.listed(folder)
    if files.problems:
        signature = _unchecked(files, public_key)
        return Verification(DOES_NOT_VERIFY, problems=tuple(files.problems), signature=signature)
    if CERTIFICATE in files.regular:
        return _of_certificate(folder, files, public_key, now)
    _no_use_of_a_key(folder, public_key)
    return _of_results(folder, files, now)


def _unchecked(files: BundleFiles, public_key: Path | None) -> Signature:
    """Return what is known of the signature of a bundle that is not read further."""
    there = CERTIFICATE in files.regular or public_key is not None
    return Signature.INVALID if there else Signature.NONE


def _no_use_of_a_key(place: Path, public_key: Path | None) -> None:
    if public_key is not None:
        raise UnverifiableError(f"{place} holds no {CERTIFICATE}, so there is nothing to use a key for")


def _of_evidence(path: Path, public_key: Path | None, now: datetime) -> Verification:
    _no_use_of_a_key(path, public_key)
    try:
        found = _testimony(path, follow_links=True)
        problems = tuple(chronology.run_problems(found, now))
        record = _judged(found)
    except EvidenceError as error:
        return Verification(DOES_NOT_VERIFY, problems=(str(error),))
    notes = ("there is no record to compare it with",)
    return Verification(DOES_NOT_VERIFY if problems else worth(record), record, problems, notes)


def _of_results(folder: Path, files: BundleFiles, now: datetime) -> Verification:
    notes = ["there is no certificate: whoever can write these files could have written them all"]
    if files.unexpected:
        notes.append(f"not written by a run, and not verified: {', '.join(files.unexpected)}")
    allure = bundle_files.ALLURE in files.folders
    if not allure:
        notes.append(f"{bundle_files.ALLURE}/ is missing")
    try:
        found = _testimony(_evidence(folder))
        recorded = _recorded(folder)
        problems = tuple(chronology.run_problems(found, now))
        record, differences = _compared(folder, found, recorded, with_allure=allure)
    except InputFileError as error:
        return Verification(DOES_NOT_VERIFY, problems=(str(error),), notes=tuple(notes))
    problems = (*problems, *differences)
    return Verification(DOES_NOT_VERIFY if problems else worth(record), record, problems, tuple(notes))


def _of_certificate(folder: Path, files: BundleFiles, public_key: Path | None, now: datetime) -> Verification:
    from conformance.certificate import attestation  # noqa: PLC0415 - cryptography is heavy, and rarely used

    key = attestation.public_key(public_key) if public_key else None
    try:
        certificate = attestation.read(folder / CERTIFICATE, key)
    except attestation.NotVerifiedError as error:
        return Verification(DOES_NOT_VERIFY, problems=(str(error),), signature=Signature.INVALID)
    signature = Signature.BY_THE_GIVEN_KEY if key else Signature.NOT_AUTHENTICATED
    record: Mapping[str, Any] = {}
    try:
        problems = _of_the_files(folder, files, certificate)
        if not problems:
            record, problems = _of_the_run(folder, certificate, now)
    except InputFileError as error:
        problems = (str(error),)
    status = EXPIRED if certificate.term.is_over(now) else worth(record) if record else DOES_NOT_VERIFY
    return Verification(
        DOES_NOT_VERIFY if problems else status,
        record,
        problems,
        signature=signature,
        certificate=certificate,
    )


def _of_the_files(folder: Path, files: BundleFiles, certificate: "Certificate") -> tuple[str, ...]:
    """Return what is wrong with the files, and with what the certificate says of results.json."""
    from conformance.certificate import attestation  # noqa: PLC0415 - cryptography is heavy, and rarely used

    changed = list(_changed(certificate.subjects, attestation.digests(folder)))
    known = {problem.partition(" ")[0] for problem in changed}
    changed += [f"{name} is not a file of a run" for name in files.unexpected if name not in known]
    if changed:
        return tuple(changed)
    recorded = _recorded(folder)
    if not certificate.states(recorded):
        return (f"{CERTIFICATE} states something else than {results_file.FILE}",)
    if recorded["exit_code"] in INCOMPLETE or not recorded["footer"]["complete"]:
        return (f"{results_file.FILE} is the record of a run that did not complete: {recorded['verdict']}",)
    if not recorded["requirements"]:
        return (f"{results_file.FILE} holds no requirements",)
    return ()


def _of_the_run(
    folder: Path, certificate: "Certificate", now: datetime
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Return the record that the evidence gives, and where times, record, reports or ledger differ."""
    recorded = _recorded(folder)
    found = _testimony(_evidence(folder))
    problems = [
        *chronology.run_problems(found, now),
        *chronology.certificate_problems(found, certificate.term, recorded["waivers"], now),
    ]
    record, differences = _compared(folder, found, recorded, with_allure=True)
    return record, (*problems, *differences)


def _compared(
    folder: Path, found: Testimony, recorded: Mapping[str, Any], *, with_allure: bool
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Judge the evidence again; return the record that it gives, and where the folder differs from it."""
    with tempfile.TemporaryDirectory() as fresh:
        record = _judged(found, Path(fresh))
        problems = list(record_comparison.differences(folder, recorded, record))
        if record["exit_code"] != INTERRUPTED:
            problems += ledger_comparison.differences(folder, Path(fresh))
    if with_allure and not problems:
        problems += allure_comparison.differences(folder, recorded)
    return record, tuple(problems)


def _changed(stated: Mapping[str, str], found: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(stated.keys() | found.keys()):
        if name not in found:
            yield f"{name} is missing"
        elif name not in stated:
            yield f"{name} is not among the files that were signed"
        elif found[name] != stated[name]:
            yield f"{name} is not as it was signed (SHA-256 {found[name]})"


def _evidence(folder: Path) -> Path:
    for name in bundle_files.RESPONSES:
        if (folder / name).is_file():
            return folder / name
    raise EvidenceError(f"{folder} holds no evidence: {evidence_file.FILE} is missing")


def _testimony(path: Path, *, follow_links: bool = False) -> Testimony:
    """Read the evidence; raise UnverifiableError where other versions made it."""
    found = evidence_reader.read(path, follow_links=follow_links)
    other = list(_versions(found.header["suite"], suite()))
    if other:
        raise UnverifiableError(f"{path} was made with other versions: {'; '.join(other)}")
    return found


def _versions(theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> Iterator[str]:
    """Yield what another version would draw other cases with, or judge otherwise by."""
    for name in ("version", "spec"):
        if theirs.get(name) != ours[name]:
            yield f"{name} {theirs.get(name)}, here {ours[name]}"
    engines = theirs.get("engines", {})
    for name, version in ours["engines"].items():
        if engines.get(name) != version:
            yield f"{name} {engines.get(name)}, here {version}"


def _judged(found: Testimony, folder: Path | None = None) -> Mapping[str, Any]:
    record: Mapping[str, Any] = json.loads(json.dumps(judged_again(found, folder)))
    return record


def _recorded(folder: Path) -> Mapping[str, Any]:
    try:
        return results_file.checked(folder / results_file.FILE)
    except results_file.UnusableResultsError as error:
        raise EvidenceError(str(error)) from None
