"""A certificate states the results of a run, and verification detects any change after signing."""

import html
import json
import random
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from google.protobuf.json_format import ParseDict
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement

from conformance.certificate import attestation
from conformance.certificate.chronology import first_waiver_expiry
from conformance.certificate.keys import (
    PRIVATE_KEY_FILE,
    PUBLIC_KEY_FILE,
    generate_keys,
    load_signer,
)
from conformance.certificate.verification import verify
from conformance.cli.main import main
from conformance.evidence.evidence_reader import read_evidence
from reports.records.results_file import FILE
from tests.support.bundles import run_reference
from tests.support.fake_targets import ENVIRONMENT, reference_server
from tests.support.forged_certificates import PRODUCT, sign, sign_statement, statement_of, verify_bundle
from tests.support.forged_certificates import certify as certify_run


def invoke(*arguments: str, env: Mapping[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False, env=env)


def test_an_unchanged_certificate_verifies(certified_conforming: Path, keys: Path) -> None:
    result = verify_bundle(certified_conforming, keys)
    assert (result.status, result.problems, result.is_valid) == ("conforms", (), True)
    assert result.certificate is not None
    assert result.certificate.product == PRODUCT
    assert result.conforms


def test_without_a_key_the_signature_is_not_authenticated(certified_conforming: Path) -> None:
    result = verify(certified_conforming, None)
    assert result.status == "conforms"
    assert result.signature == "not authenticated: no --public-key given"
    assert not result.conforms


def test_the_certificate_is_an_in_toto_test_result_statement(certified_conforming: Path) -> None:
    statement = statement_of(certified_conforming)
    predicate = statement["predicate"]
    Statement.copy_from_pb(ParseDict(statement, statement_pb2.Statement())).validate()
    ParseDict(predicate, test_result_pb2.TestResult())
    results = json.loads((certified_conforming / FILE).read_text())
    passed = [entry["id"] for entry in results["requirements"] if entry["verdict"] == "passed"]
    assert predicate["passedTests"] == passed
    assert predicate["result"] == "PASSED"
    names = [subject["name"] for subject in statement["subject"]]
    assert {FILE, "evidence.ndjson", "ledger.ndjson", "junit.xml"} < set(names)
    assert attestation.FILE not in names


def test_every_changed_byte_is_detected_and_its_file_named(bundle: Path, keys: Path) -> None:
    generator = random.Random(11)
    files = [path for path in bundle.rglob("*") if path.is_file()]
    large = [path for path in files if path.parent == bundle]
    for attempt in range(200):
        path = generator.choice(large if attempt % 2 else files)
        content = path.read_bytes()
        position, mask = generator.randrange(len(content)), generator.randrange(1, 256)
        path.write_bytes(content[:position] + bytes([content[position] ^ mask]) + content[position + 1 :])
        result = verify_bundle(bundle, keys) if attempt % 4 else verify(bundle, None)
        assert result.status == "does not verify", f"{path}, byte {position}"
        assert path.relative_to(bundle).as_posix() in result.problems[0]
        path.write_bytes(content)


def test_an_added_or_missing_file_is_detected(bundle: Path, keys: Path) -> None:
    (bundle / "more.txt").write_text("more")
    (bundle / "junit.xml").unlink()
    assert verify_bundle(bundle, keys).problems == (
        "junit.xml is missing",
        "more.txt is not among the signed files",
    )


def test_another_key_does_not_verify(certified: Path, tmp_path: Path) -> None:
    generate_keys(tmp_path)
    result = verify_bundle(certified, tmp_path)
    assert result.status == "does not verify"
    assert result.problems == ("certificate.json was signed with a different key than the given one",)


def test_a_certificate_with_more_passed_tests_than_the_record_does_not_verify(
    bundle: Path, keys: Path
) -> None:
    """The holder of the key cannot add results that the evidence does not contain."""
    statement = statement_of(bundle)
    statement["predicate"]["passedTests"].append("VC-CREATE-MADE-UP")
    sign_statement(bundle, keys, statement)
    result = verify_bundle(bundle, keys)
    assert result.problems == ("certificate.json differs from results.json",)


def test_changed_and_signed_results_do_not_verify(bundle: Path, keys: Path) -> None:
    path = bundle / FILE
    path.write_text(path.read_text().replace('"verdict": "not-applicable"', '"verdict": "passed"'))
    sign(bundle, keys)
    result = verify_bundle(bundle, keys)
    assert result.status == "does not verify"
    assert any("the evidence gives" in problem for problem in result.problems)


def test_a_certificate_expires(certified: Path, keys: Path) -> None:
    result = verify_bundle(certified, keys, now=datetime.now(UTC) + timedelta(days=31))
    assert (result.status, result.is_valid) == ("expired", False)


@pytest.mark.parametrize(
    "options, status, result",
    [
        ({"select": "VC-CREATE-NAME-*"}, "partial", "WARNED"),
        ({"profiles": ("fabric",)}, "partial", "WARNED"),
        ({"faults": ["date-only-becomes-end-of-day"]}, "does not conform", "FAILED"),
    ],
)
def test_the_status_is_that_of_the_run(
    tmp_path: Path, keys: Path, options: dict[str, Any], status: str, result: str
) -> None:
    folder = tmp_path / "bundle"
    run_reference(folder, **options)
    certify_run(folder, keys)
    assert verify_bundle(folder, keys).status == status
    assert statement_of(folder)["predicate"]["result"] == result


def certify(folder: Path, keys: Path, *arguments: str) -> Result:
    product = ("--vendor", "Vendor", "--product", "Server", "--product-version", "2.1")
    key = ("--key", str(keys / PRIVATE_KEY_FILE))
    return invoke("certify", *key, *product, "--output", str(folder), *arguments, env=ENVIRONMENT)


def test_verify_accepts_the_output_of_certify(tmp_path: Path, keys: Path) -> None:
    with reference_server() as origin:
        results = [
            certify(tmp_path / name, keys, "--target", origin, "--select", "VC-CREATE-NAME-*")
            for name in ("one", "two")
        ]
    assert [result.exit_code for result in results] == [0, 0]
    for name in ("one", "two"):
        verification = invoke("verify", str(tmp_path / name), "--public-key", str(keys / PUBLIC_KEY_FILE))
        assert verification.exit_code == 0
        assert verification.output.splitlines()[0] == "partial  signed by the given key"
    first, second = (json.loads((tmp_path / name / FILE).read_text()) for name in ("one", "two"))
    assert first["requests"] == second["requests"]
    for entry, other in zip(first["requirements"], second["requirements"], strict=True):
        ignored = {"seconds": 0, "sample": None}  # numbers and names differ from run to run
        assert {**entry, **ignored} == {**other, **ignored}


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((), "certify requires --target"),
        (("--target", "http://127.0.0.1:9", "--seed", "1"), "certify does not allow --seed"),
        (("--target", "http://127.0.0.1:9", "--fail-fast"), "certify does not allow --fail-fast"),
        (("--target", "http://127.0.0.1:9", "--max-failures", "3"), "certify does not allow --max-failures"),
        (("--target", "http://127.0.0.1:9", "--no-verify-tls"), "certify does not allow --no-verify-tls"),
    ],
)
def test_options_that_a_certificate_does_not_allow_are_rejected(
    tmp_path: Path, keys: Path, arguments: tuple[str, ...], message: str
) -> None:
    result = certify(tmp_path / "out", keys, *arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_certify_prints_the_options_that_make_a_certificate_partial(tmp_path: Path, keys: Path) -> None:
    with reference_server() as origin:
        result = certify(tmp_path / "out", keys, "--target", origin, "--select", "VC-CREATE-MINIMAL")
    assert result.exit_code == 0
    assert re.search(r"certificate\.json  partial  valid until [0-9-]+$", result.output, re.MULTILINE)
    assert result.output.splitlines()[-1] == "  options   --select VC-CREATE-MINIMAL"


def test_certify_rejects_a_folder_with_unrelated_files(tmp_path: Path, keys: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    result = certify(folder, keys, "--target", "http://127.0.0.1:9")
    assert result.exit_code == 2
    assert "contains notes.txt, which no run writes; specify another folder" in result.output


def test_certify_requires_an_output_folder(keys: Path) -> None:
    result = invoke(
        "certify",
        *("--key", str(keys / PRIVATE_KEY_FILE), "--target", "http://127.0.0.1:9"),
        *("--vendor", "V", "--product", "P", "--product-version", "1"),
        env=ENVIRONMENT,
    )
    assert result.exit_code == 2
    assert "certify requires --output: a new or empty directory" in result.output


def test_a_bundle_is_never_overwritten(bundle: Path, keys: Path) -> None:
    before = {path: path.read_bytes() for path in bundle.rglob("*") if path.is_file()}
    result = certify(bundle, keys, "--target", "http://127.0.0.1:9")
    assert result.exit_code == 2
    assert "contains a bundle (certificate.json), which is never overwritten" in result.output
    assert certify(bundle, keys, "--target", "http://127.0.0.1:9", "--force").exit_code == 2
    for arguments in (
        ("report", bundle),
        ("report", bundle, "--output", bundle / "again"),
        ("report", bundle, "--format", "har"),
        ("compare", bundle, bundle / FILE, "--output", bundle / "comparison.md"),
    ):
        in_place = invoke(*map(str, arguments))
        assert in_place.exit_code == 2
        assert "a certified bundle, which is never changed; specify another" in in_place.output
    assert {path: path.read_bytes() for path in bundle.rglob("*") if path.is_file()} == before


def test_reports_of_a_bundle_in_another_folder_name_no_certificate(certified: Path, tmp_path: Path) -> None:
    assert invoke("report", str(certified), "--output", str(tmp_path / "other")).exit_code == 0
    assert "certificate" not in json.loads((tmp_path / "other" / FILE).read_text())
    assert PRODUCT.vendor not in (tmp_path / "other" / "summary.md").read_text()


def test_the_exchanges_of_a_bundle_are_exported_to_another_folder(certified: Path, tmp_path: Path) -> None:
    exported = invoke("report", str(certified), "--format", "har", "--output", str(tmp_path / "other"))
    assert exported.exit_code == 0
    assert json.loads((tmp_path / "other" / "findings.har").read_text())["log"]["entries"] == []


def test_a_record_that_names_a_missing_certificate_does_not_verify(bundle: Path) -> None:
    (bundle / attestation.FILE).unlink()
    result = verify(bundle, None)
    assert result.status == "does not verify"
    assert "results.json names a certificate, but certificate.json is missing" in result.problems


@pytest.mark.parametrize("option", ["--vendor", "--product", "--product-version"])
@pytest.mark.parametrize("value", ["", " ", "a\nb", "x" * 101], ids=["empty", "blank", "lines", "long"])
def test_names_that_reports_cannot_show_are_rejected(
    tmp_path: Path, keys: Path, option: str, value: str
) -> None:
    result = certify(tmp_path / "out", keys, "--target", "http://127.0.0.1:9", option, value)
    assert result.exit_code == 2
    assert f"{option} " in result.output
    assert "specify 1 to 100 printable characters" in result.output


def test_passed_requirements_have_samples_from_the_evidence(certified: Path) -> None:
    results = json.loads((certified / FILE).read_text())
    recorded = {
        response.number: response for response in read_evidence(certified / "evidence.ndjson").responses
    }
    passed = [entry for entry in results["requirements"] if entry["verdict"] == "passed"]
    samples = [entry["sample"] for entry in passed if "sample" in entry]
    assert len(samples) > 0.98 * len(passed)
    for sample in samples:
        response = recorded[sample["exchange"]].response
        assert response is not None
        assert sample["received"].startswith(f"{response.status}")
    assert sum(len(json.dumps(sample)) for sample in samples) < 600_000
    assert all("sample" not in entry for entry in results["requirements"] if entry["verdict"] != "passed")


def test_every_report_names_the_certificate(certified: Path, keys: Path) -> None:
    results = json.loads((certified / FILE).read_text())
    engine, version = next(iter(results["suite"]["engines"].items()))
    shown = (
        *(PRODUCT.vendor, PRODUCT.product, PRODUCT.version, results["target"]["origin"]),
        load_signer(keys / PRIVATE_KEY_FILE).key_id,
        *(results["certificate"]["expires"][:10], results["started"][:10], f"{engine} {version}"),
    )
    for name in ("report.html", "summary.md", "badge.svg", "junit.xml"):
        text = html.unescape(re.sub("</?span>", "", (certified / name).read_text()))
        assert [value for value in shown if value not in text] == [], name


def test_a_certificate_expires_with_the_first_applied_waiver() -> None:
    waiver = {"requirement": "VC-GET-UNKNOWN", "reason": "not yet", "state": "applied"}
    waivers = [{**waiver, "expires": day} for day in ("9999-12-31", "2026-12-31", "2027-01-31")]
    assert first_waiver_expiry(waivers) == date(2026, 12, 31)
    assert first_waiver_expiry([{**waiver, "expires": "2026-12-31", "state": "unused"}]) is None


def test_a_run_that_did_not_start_is_not_certified(tmp_path: Path, keys: Path) -> None:
    result = certify(tmp_path / "out", keys, "--target", "http://127.0.0.1:9")
    assert result.exit_code == 2
    assert not (tmp_path / "out" / attestation.FILE).exists()


def test_verify_reports_unusable_arguments(tmp_path: Path, keys: Path) -> None:
    assert invoke("verify", str(tmp_path / "nowhere")).exit_code == 2
    public = str(keys / PUBLIC_KEY_FILE)
    result = invoke("verify", str(tmp_path), "--public-key", public)
    assert result.exit_code == 2
    assert "--public-key cannot be used" in result.output
