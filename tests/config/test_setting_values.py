"""Values of single settings: conversions, limits and errors."""

from typing import Any

import pytest

from conformance.config.loader import ConfigurationError, load_settings
from conformance.config.setting_types import SETTING_TYPES
from conformance.config.settings import Effort
from tests.config.loading import TARGET, error_message, load, write

pytestmark = pytest.mark.usefixtures("empty_folder")


@pytest.mark.parametrize("header", ["no colon", ": value", "   : value", ""])
def test_a_header_needs_a_name_and_a_value(header: str) -> None:
    message = "--header must be NAME:VALUE; a header has no name or no colon"  # it may be a secret
    assert error_message(headers=(header,)) == message


def test_headers_are_split_at_the_first_colon() -> None:
    headers = load(headers=("X-A: b:c ", "x-empty:")).connection.headers
    assert headers == (("X-A", "b:c"), ("x-empty", ""))


@pytest.mark.parametrize(
    "rate", ["fast", "0", "0/s", "-1/s", "/s", "5/min", "nan", "inf/s", "1e999", "\u0661"]
)
def test_a_rate_is_a_positive_number_of_requests_per_second(rate: str) -> None:
    assert f"--rate-limit: {rate!r} is not a rate, e.g. 20/s" in error_message(rate_limit=rate)


@pytest.mark.parametrize(
    "rate, expected",
    [("20/s", 20.0), ("0.5/s", 0.5), ("600/m", 10.0), ("36/h", 0.01), ("7", 7.0), (8, 8.0), (None, None)],
)
def test_a_rate_is_converted_to_requests_per_second(rate: Any, expected: float | None) -> None:
    assert load(rate_limit=rate).limits.requests_per_second == expected


@pytest.mark.parametrize(
    "profile, hint", [("vidio", "did you mean 'video'?"), ("x", "available: video, fabric")]
)
def test_an_unknown_profile_is_rejected_with_the_available_ones(profile: str, hint: str) -> None:
    message = error_message(profiles=("video", profile))
    assert f"unknown profile {profile!r}" in message
    assert hint in message


def test_profiles_are_sorted_without_duplicates() -> None:
    assert load(profiles=("fabric", "video", "fabric")).target.profiles == ("video", "fabric")


def test_an_unknown_effort_is_rejected_with_the_available_ones() -> None:
    assert error_message(effort="lots") == "unknown effort 'lots'; available: smoke, standard, thorough"


@pytest.mark.parametrize("name, flag", [("ca", "--ca"), ("client_cert", "--client-cert")])
def test_a_missing_certificate_file_is_reported(name: str, flag: str) -> None:
    assert error_message(**{name: "missing.pem"}).startswith(
        f"{flag} missing.pem cannot be read: No such file"
    )


def test_more_effort_has_more_examples() -> None:
    examples = [effort.examples for effort in Effort]
    assert examples == sorted(examples)
    assert examples[0] == 0


INVALID = {
    "target": ["1", "''", "[]", "true"],
    "profiles": ['"video"', "1", "[1]", "{video = true}", "['vidio']"],
    "effort": ["1", '"lots"', "[]"],
    "select": ["1", "''", "[1]", "['']"],
    "exclude": ["1", "''", "[1]", "true"],
    "baseline": ["1", "''", "[]"],
    "failed_from": ["1", "''", "[]"],
    "seed": ['"x"', "1.5", "true", "nan"],
    "concurrency": ['"many"', "0", "257", "1.5", "true", "-1"],
    "rate_limit": ['"fast"', "nan", "inf", "-1", "0", "[]", "true", "1979-05-27"],
    "max_requests": ['"all"', "0", "-1", "1.5", "true"],
    "timeout": ['"long"', "-1", "0", "nan", "inf", "true", "1e300"],
    "max_live": ['"all"', "0", "-1", "1.5", "true"],
    "max_seconds": ['"long"', "-1", "0", "nan", "inf", "true", "1e300"],
    "allow_leftovers": ["1", '"yes"'],
    "allow_logged_credentials": ["1", '"yes"'],
    "read_only": ["1", '"yes"'],
    "mock": ["1", '"yes"'],
    "without": ['"state"', "[1]", '["stat"]'],
    "headers": ["1", '"X: y"', "[1]", '["no colon"]', "{X = 'y'}"],
    "ca": ["1", '"missing.pem"', '"."', "[]", '"a\\u0000b"'],
    "client_cert": ["1", '"missing.pem"', "['a', 'b']", '"missing.pem,missing.key"'],
    "proxy": ["1", '"proxy:3128"', "''"],
    "allow_http": ["1", '"yes"'],
    "active_session": ["1", '""', "[]"],
    "output": ["1", '""', "[]", '"a\\u0000b"'],
    "strict": ["1", '"yes"', "nan"],
    "fail_fast": ["0", '"no"', "[]"],
    "max_failures": ["0", '"all"', "true", "1.5"],
    "wait": ['"long"', "-1", "0", "nan", "true", "1e300"],
    "verify_tls": ["0", '"no"'],
    "base_paths": ["1", '"/api"', "{audio = '/api'}", "{video = 1}", "{video = 'api'}", "{video = '/a b'}"],
    "waivers": ["3", '"VC-CREATE-DATE-ONLY"', "[1]", "{requirement = 'x'}"],
}


def test_every_setting_has_invalid_values_above() -> None:
    assert INVALID.keys() == SETTING_TYPES.keys()


@pytest.mark.parametrize("key, value", [(key, value) for key, values in INVALID.items() for value in values])
def test_a_setting_with_an_invalid_value_is_reported(key: str, value: str) -> None:
    write(f"{key} = {value}")
    with pytest.raises(ConfigurationError) as error:
        load_settings({} if key == "target" else {"target": TARGET})
    message = str(error.value)
    assert any(word in message for word in (key, key.replace("_", "-"), "profile", "header", "waiver"))
    assert len(message) < 300


def test_the_options_for_the_limit_of_failures_replace_each_other() -> None:
    assert load(fail_fast=True).failure_limit == 1
    assert load(max_failures=7).failure_limit == 7
    assert load().failure_limit is None
    assert load(max_failures=7, config=write("fail_fast = true")).failure_limit == 7
    assert load(fail_fast=True, config=write("max_failures = 7")).failure_limit == 1
    message = "--fail-fast is the same as --max-failures 1"
    assert message in error_message(max_failures=7, fail_fast=True)
    assert message in error_message(config=write("max_failures = 7\nfail_fast = true"))


def test_tls_is_verified_unless_it_is_switched_off_with_a_warning() -> None:
    assert load().connection.verify_tls
    assert load().notices == ()
    unverified = load(verify_tls=False)
    assert not unverified.connection.verify_tls
    [warning] = unverified.notices
    assert warning.startswith("warning: TLS certificates are not verified (--no-verify-tls)")
    assert "--ca has no effect with --no-verify-tls" in error_message(verify_tls=False, ca="ca.pem")


def test_every_duration_accepts_units() -> None:
    limits = load(wait="2m", timeout="500ms", max_seconds="1h").limits
    assert (limits.wait, limits.timeout, limits.max_seconds) == (120.0, 0.5, 3600.0)
    assert load().limits.wait == 0


@pytest.mark.parametrize(
    "duration, expected", [("500ms", 0.5), ("5", 5.0), ("5 s", 5.0), ("2m", 120.0), ("1h", 3600.0), (7, 7.0)]
)
def test_a_duration_is_converted_to_seconds(duration: Any, expected: float) -> None:
    limits = load(timeout=duration, max_seconds=duration).limits
    assert (limits.timeout, limits.max_seconds) == (expected, expected)


@pytest.mark.parametrize("duration", ["5 days", "s", "-1s", "nan", "1e999h", "\u0665", "9999h"])
def test_an_invalid_duration_is_rejected_with_an_example(duration: str) -> None:
    assert f"--max-seconds: {duration!r} is not a positive duration, e.g. 90" in error_message(
        max_seconds=duration
    )


@pytest.mark.parametrize("flag", ["target", "active_session", "select", "output", "proxy", "rate_limit"])
def test_an_empty_option_is_rejected(flag: str) -> None:
    assert error_message(**{flag: ""}).startswith(f"--{flag.replace('_', '-')}: '' is not ")


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), 0.0])
def test_an_infinite_or_zero_timeout_is_rejected(seconds: float) -> None:
    assert "--timeout" in error_message(timeout=seconds)
