"""A certificate says what the run found, and anyone can tell whether it is still what was signed."""

import json
import random
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from google.protobuf.json_format import ParseDict
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement

from conformance.certificate import attestation
from conformance.certificate.attestation import KeyFileError
from conformance.certificate.chronology import first_waiver_expiry
from conformance.certificate.verification import verify
from conformance.cli.main import main
from reports.records.results_file import FILE
from tests.support.bundles import ran
from tests.support.fake_targets import ENVIRONMENT, reference
from tests.support.forged_certificates import PRODUCT, judged, sign, sign_statement, statement_of


def called(*arguments: str, env: Mapping[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False, env=env)


def test_a_certificate_that_is_what_was_signed_verifies(certified: Path, keys: Path) -> None:
    found = judged(certified, keys)
    assert (found.status, found.problems, found.is_valid) == ("conforms", (), True)
    assert found.certificate is not None
    assert found.certificate.product == PRODUCT
    assert found.conforms


def test_without_a_key_nobody_vouches_for_the_signer(certified: Path) -> None:
    found = verify(certified, None)
    assert found.status == "conforms"
    assert found.signature == "not authenticated: no --public-key given"
    assert not found.conforms


def test_it_is_a_statement_with_the_predicate_of_in_toto(certified: Path) -> None:
    told = statement_of(certified)
    predicate = told["predicate"]
    Statement.copy_from_pb(ParseDict(told, statement_pb2.Statement())).validate()
    ParseDict(predicate, test_result_pb2.TestResult())
    record = json.loads((certified / FILE).read_text())
    passed = [each["id"] for each in record["requirements"] if each["verdict"] == "passed"]
    assert predicate["passedTests"] == passed
    assert predicate["result"] == "PASSED"
    names = [subject["name"] for subject in told["subject"]]
    assert {FILE, "evidence.ndjson", "ledger.ndjson", "junit.xml"} < set(names)
    assert attestation.FILE not in names


def test_every_single_byte_that_changes_is_noticed_and_its_file_named(bundle: Path, keys: Path) -> None:
    drawn = random.Random(11)
    files = [path for path in bundle.rglob("*") if path.is_file()]
    large = [path for path in files if path.parent == bundle]
    for turn in range(200):
        path = drawn.choice(large if turn % 2 else files)
        whole = path.read_bytes()
        place, flip = drawn.randrange(len(whole)), drawn.randrange(1, 256)
        path.write_bytes(whole[:place] + bytes([whole[place] ^ flip]) + whole[place + 1 :])
        found = judged(bundle, keys) if turn % 4 else verify(bundle, None)
        assert found.status == "does not verify", f"{path}, byte {place}"
        assert path.relative_to(bundle).as_posix() in found.problems[0]
        path.write_bytes(whole)


def test_a_file_more_or_less_is_noticed(bundle: Path, keys: Path) -> None:
    (bundle / "more.txt").write_text("more")
    (bundle / "junit.xml").unlink()
    assert judged(bundle, keys).problems == (
        "junit.xml is missing",
        "more.txt is not among the signed files",
    )


def test_another_key_does_not_do(certified: Path, tmp_path: Path) -> None:
    attestation.generate_keys(tmp_path)
    found = judged(certified, tmp_path)
    assert found.status == "does not verify"
    assert found.problems == ("certificate.json was signed with a different key than the given one",)


def test_a_certificate_that_says_more_than_the_record_does_not_verify(bundle: Path, keys: Path) -> None:
    """Whoever holds the key cannot make it say what the evidence does not give."""
    told = statement_of(bundle)
    told["predicate"]["passedTests"].append("VC-CREATE-MADE-UP")
    sign_statement(bundle, keys, told)
    found = judged(bundle, keys)
    assert found.problems == ("certificate.json differs from results.json",)


def test_results_that_were_changed_and_signed_do_not_verify(bundle: Path, keys: Path) -> None:
    path = bundle / FILE
    path.write_text(path.read_text().replace('"verdict": "not-applicable"', '"verdict": "passed"'))
    sign(bundle, keys)
    found = judged(bundle, keys)
    assert found.status == "does not verify"
    assert any("the evidence gives" in problem for problem in found.problems)


def test_a_certificate_expires(certified: Path, keys: Path) -> None:
    found = judged(certified, keys, now=datetime.now(UTC) + timedelta(days=31))
    assert (found.status, found.is_valid) == ("expired", False)


@pytest.mark.parametrize(
    "how, worth, result",
    [
        ({"select": "VC-CREATE-NAME-*"}, "partial", "WARNED"),
        ({"profiles": ("fabric",)}, "partial", "WARNED"),
        ({"faults": ["date-only-becomes-end-of-day"]}, "does not conform", "FAILED"),
    ],
)
def test_the_first_word_promises_no_more_than_was_found(
    tmp_path: Path, keys: Path, how: dict[str, Any], worth: str, result: str
) -> None:
    folder = tmp_path / "bundle"
    ran(folder, **how)
    sign(folder, keys)
    assert judged(folder, keys).status == worth
    assert statement_of(folder)["predicate"]["result"] == result


def test_an_ecdsa_key_signs_as_well(bundle: Path, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / attestation.PRIVATE_KEY_FILE).write_bytes(pem(key))
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (tmp_path / attestation.PUBLIC_KEY_FILE).write_bytes(public)
    sign(bundle, tmp_path)
    assert judged(bundle, tmp_path).status == "conforms"


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


def test_keys_that_cannot_be_used_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    with pytest.raises(KeyFileError, match=r"key\.pem cannot be read: No such file"):
        attestation.load_signer(path)
    path.write_bytes(b"no key")
    with pytest.raises(KeyFileError, match=r"key\.pem does not contain a usable private key"):
        attestation.load_signer(path)
    with pytest.raises(KeyFileError, match=r"key\.pem does not contain a public key"):
        attestation.load_public_key(path)
    path.write_bytes(pem(rsa.generate_private_key(65537, 2048)))
    with pytest.raises(KeyFileError, match="does not contain an Ed25519 or ECDSA key"):
        attestation.load_signer(path)


# The commands.


def test_keygen_makes_a_pair_and_overwrites_none(tmp_path: Path) -> None:
    assert called("keygen", str(tmp_path / "keys")).exit_code == 0
    assert (tmp_path / "keys" / "private.pem").stat().st_mode & 0o777 == 0o600
    before = (tmp_path / "keys" / "private.pem").read_bytes()
    again = called("keygen", str(tmp_path / "keys"))
    assert again.exit_code == 2
    assert "already exists" in again.output
    assert (tmp_path / "keys" / "private.pem").read_bytes() == before


def certify(folder: Path, keys: Path, *arguments: str) -> Result:
    own = ("--vendor", "Vendor", "--product", "Server", "--product-version", "2.1")
    key = ("--key", str(keys / attestation.PRIVATE_KEY_FILE))
    return called("certify", *key, *own, "--output", str(folder), *arguments, env=ENVIRONMENT)


def test_certify_runs_and_signs_and_verify_agrees(tmp_path: Path, keys: Path) -> None:
    with reference() as origin:
        done = [
            certify(tmp_path / name, keys, "--target", origin, "--select", "VC-CREATE-NAME-*")
            for name in ("one", "two")
        ]
    assert [each.exit_code for each in done] == [0, 0]
    for name in ("one", "two"):
        seen = called("verify", str(tmp_path / name), "--public-key", str(keys / attestation.PUBLIC_KEY_FILE))
        assert seen.exit_code == 0
        assert seen.output.splitlines()[0] == "partial  signed by the given key"
    one, two = (json.loads((tmp_path / name / FILE).read_text()) for name in ("one", "two"))
    assert one["requests"] == two["requests"]
    for mine, theirs in zip(one["requirements"], two["requirements"], strict=True):
        assert {**mine, "seconds": 0} == {**theirs, "seconds": 0}


@pytest.mark.parametrize(
    "arguments, told",
    [
        ((), "certify requires --target"),
        (("--target", "http://127.0.0.1:9", "--seed", "1"), "certify does not allow --seed"),
        (("--target", "http://127.0.0.1:9", "--fail-fast"), "certify does not allow --fail-fast"),
    ],
)
def test_what_no_certificate_can_rest_on_is_refused(
    tmp_path: Path, keys: Path, arguments: tuple[str, ...], told: str
) -> None:
    done = certify(tmp_path / "out", keys, *arguments)
    assert done.exit_code == 2
    assert told in done.output


def test_certify_prints_the_options_that_make_a_certificate_partial(tmp_path: Path, keys: Path) -> None:
    with reference() as origin:
        done = certify(tmp_path / "out", keys, "--target", origin, "--select", "VC-CREATE-MINIMAL")
    assert done.exit_code == 0
    assert re.search(r"certificate\.json  partial  valid until [0-9-]+$", done.output, re.MULTILINE)
    assert done.output.splitlines()[-1] == "  options   --select VC-CREATE-MINIMAL"


def test_certify_does_not_write_beside_files_of_others(tmp_path: Path, keys: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    done = certify(folder, keys, "--target", "http://127.0.0.1:9")
    assert done.exit_code == 2
    assert "contains notes.txt, which no run writes; specify another folder" in done.output


def test_a_certificate_ends_with_the_first_waiver_that_applied() -> None:
    waiver = {"requirement": "VC-GET-UNKNOWN", "reason": "not yet", "state": "applied"}
    waivers = [{**waiver, "expires": day} for day in ("9999-12-31", "2026-12-31", "2027-01-31")]
    assert first_waiver_expiry(waivers) == date(2026, 12, 31)
    assert first_waiver_expiry([{**waiver, "expires": "2026-12-31", "state": "unused"}]) is None


def test_nothing_is_certified_of_a_run_that_could_not_start(tmp_path: Path, keys: Path) -> None:
    done = certify(tmp_path / "out", keys, "--target", "http://127.0.0.1:9")
    assert done.exit_code == 2
    assert not (tmp_path / "out" / attestation.FILE).exists()


def test_verify_says_what_it_cannot_do(tmp_path: Path, keys: Path) -> None:
    assert called("verify", str(tmp_path / "nowhere")).exit_code == 2
    public = str(keys / attestation.PUBLIC_KEY_FILE)
    seen = called("verify", str(tmp_path), "--public-key", public)
    assert seen.exit_code == 2
    assert "--public-key cannot be used" in seen.output
