"""Is a bundle what it says? Its files are those that were signed; its evidence gives the same verdicts."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from conformance import evidence, testimony
from conformance.provenance import suite
from conformance.run import judged_again
from conformance.testimony import EvidenceError, Testimony
from reports import input_files, rendering, results
from reports.input_files import InputFileError
from reports.worth import worth

CERTIFICATE: Final = "certificate.json"
DOES_NOT_VERIFY: Final = "does not verify"
EXPIRED: Final = "expired"
_TIMES: Final = frozenset({"phases", "seconds", "trace"})  # of the judging, not of the target
_MOST: Final = 20  # differences that are told
_BRIEF: Final = 100  # characters of a value in one


class UnverifiableError(ValueError):
    """The evidence cannot be judged here at all: what is missing, or which version is another."""


@dataclass(frozen=True)
class Verification:
    """What a bundle is worth, and what does not agree."""

    worth: str
    record: Mapping[str, Any]  # as the evidence gives it
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # who signed it, until when it is valid, what was not looked at

    @property
    def holds(self) -> bool:
        """Tell whether everything agrees and is still valid."""
        return not self.problems and self.worth != EXPIRED


def verified(path: Path, public_key: Path | None) -> Verification:
    """Judge a bundle, the folder of a run or a file of evidence again, without a network.

    Raises UnverifiableError where that cannot be done here, KeyFileError for a key that cannot be used.
    """
    try:
        input_files.check_place(path)
    except InputFileError as error:
        raise UnverifiableError(str(error)) from None
    try:
        return _verified(path, public_key)
    except EvidenceError as error:
        return Verification(DOES_NOT_VERIFY, {}, (str(error),))


def _verified(path: Path, public_key: Path | None) -> Verification:
    folder = path if input_files.is_folder(path) else path.parent
    if folder != path and path.name not in {CERTIFICATE, results.FILE}:
        record = _judged(_testimony(path, follow_links=True))
        return Verification(worth(record), record, notes=("there is no record to compare it with",))
    if input_files.exists(folder / CERTIFICATE):
        return _of_certificate(folder, public_key)
    if public_key is not None:
        raise UnverifiableError(f"{folder} holds no {CERTIFICATE}, so there is nothing to use a key for")
    return _of_results(folder)


def _of_results(folder: Path) -> Verification:
    testimony = _testimony(_evidence(folder))
    record = _judged(testimony)
    problems = tuple(_differences(folder, record))
    notes = ("there is no certificate: whoever can write these files could have written them all",)
    return Verification(DOES_NOT_VERIFY if problems else worth(record), record, problems, notes)


def _of_certificate(folder: Path, public_key: Path | None) -> Verification:
    from conformance import certificate  # noqa: PLC0415 - cryptography is heavy, and not needed without one

    key = certificate.public_key(public_key) if public_key else None
    try:
        read = certificate.read(folder / CERTIFICATE, key)
    except certificate.NotVerifiedError as error:
        return Verification(DOES_NOT_VERIFY, {}, (str(error),))
    problems = list(_changed(read.subjects, certificate.digests(folder)))
    if problems:
        return Verification(DOES_NOT_VERIFY, {}, tuple(problems))
    record = _judged(_testimony(_evidence(folder)))
    problems += _differences(folder, record)
    told = certificate.statement(_recorded(folder), read.subjects, read.product, read.term)
    if told != read.statement:
        problems.append(f"{CERTIFICATE} states something else than {results.FILE}")
    valid = EXPIRED if read.term.is_over() else worth(record)
    vouched = "is the one that was given" if key else "nobody vouched for: give --public-key"
    notes = (
        f"{read.product.vendor} {read.product.product} {read.product.version}",
        f"issued {read.term.issued:%Y-%m-%d}, expires {read.term.expires:%Y-%m-%d}",
        f"signed with the key {read.signer[:16]}…, which {vouched}",
    )
    return Verification(DOES_NOT_VERIFY if problems else valid, record, tuple(problems), notes)


def _changed(stated: Mapping[str, str], found: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(stated.keys() | found.keys()):
        if name not in found:
            yield f"{name} is missing"
        elif name not in stated:
            yield f"{name} is not among the files that were signed"
        elif found[name] != stated[name]:
            yield f"{name} is not as it was signed (SHA-256 {found[name]})"


def _evidence(folder: Path) -> Path:
    for name in (evidence.FILE, evidence.COMPRESSED):
        if input_files.exists(folder / name):
            return folder / name
    raise EvidenceError(f"{folder} holds no evidence: {evidence.FILE} is missing")


def _testimony(path: Path, *, follow_links: bool = False) -> Testimony:
    """Read the evidence; raise UnverifiableError where other versions made it."""
    found = testimony.read(path, follow_links=follow_links)
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


def _judged(testimony: Testimony) -> Mapping[str, Any]:
    record: Mapping[str, Any] = json.loads(json.dumps(judged_again(testimony)))
    return record


def _recorded(folder: Path) -> Mapping[str, Any]:
    try:
        return results.checked(folder / results.FILE)
    except results.UnusableResultsError as error:
        raise EvidenceError(str(error)) from None


def _differences(folder: Path, record: Mapping[str, Any]) -> Iterator[str]:
    """Yield where the folder says something else than its evidence."""
    recorded = _recorded(folder)
    stopped = recorded.get("verdict") == "interrupted"
    said, found = _decided(recorded, record) if stopped else (recorded, record)
    told = list(_unlike(said, found, ""))
    yield from told[:_MOST]
    if len(told) > _MOST:
        yield f"and {len(told) - _MOST} more differences"
    if not told:
        yield from _rendered_otherwise(folder, recorded)


def _decided(recorded: Mapping[str, Any], record: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return the verdicts that a run came to before it was stopped, and those that its evidence gives."""
    said = {each["id"]: each["verdict"] for each in recorded["requirements"] if _was_decided(each)}
    found = {each["id"]: each["verdict"] for each in record["requirements"] if each["id"] in said}
    return said, found


def _was_decided(requirement: Mapping[str, Any]) -> bool:
    return not str(requirement["reason"] or "").startswith(("interrupted", "cut-short"))


def _unlike(said: Any, found: Any, where: str) -> Iterator[str]:
    """Yield each place where two records differ, times of the judging aside."""
    if isinstance(said, dict) and isinstance(found, dict):
        for name in sorted((said.keys() | found.keys()) - _TIMES):
            yield from _unlike(said.get(name), found.get(name), f"{where}/{name}")
    elif isinstance(said, list) and isinstance(found, list) and len(said) == len(found):
        for place, (one, other) in enumerate(zip(said, found, strict=True)):
            name = one.get("id", place) if isinstance(one, dict) else place
            yield from _unlike(one, other, f"{where}/{name}")
    elif said != found:
        yield f"{results.FILE} says {_brief(said)} for {where}, the evidence gives {_brief(found)}"


def _brief(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= _BRIEF else f"{text[:_BRIEF]}…"


def _rendered_otherwise(folder: Path, recorded: Mapping[str, Any]) -> Iterator[str]:
    """Yield each report that is not what the record gives."""
    with tempfile.TemporaryDirectory() as fresh:
        rendering.write(recorded, Path(fresh))
        for made in sorted(Path(fresh).iterdir()):
            if not _holds(folder / made.name, made.read_bytes()):
                yield f"{made.name} is not what {results.FILE} gives"


def _holds(path: Path, expected: bytes) -> bool:
    """Return whether a path is a regular file with that content."""
    try:
        return input_files.content(path, limit=len(expected), follow_links=False) == expected
    except InputFileError:
        return False
