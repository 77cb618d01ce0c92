"""Settings from options, environment and file: precedence and errors."""

from pathlib import Path
from typing import Any

import pytest

from conformance.config.loader import ConfigurationError, load_settings, merge_sources
from conformance.config.setting_types import SETTING_TYPES
from conformance.config.settings import Effort, Settings
from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE, Account
from conformance.processes import reference_process
from tests.support.fake_targets import ACCOUNT

pytestmark = pytest.mark.usefixtures("empty_folder")

TARGET = "https://example.test"


def load(**flags: Any) -> Settings:
    return load_settings({"target": TARGET, **flags})


def error_message(**flags: Any) -> str:
    with pytest.raises(ConfigurationError) as error:
        load(**flags)
    return str(error.value)


def write(text: str, name: str = "conformance.toml") -> str:
    Path(name).write_text(text)
    return name


def test_settings_have_defaults() -> None:
    run = load()
    assert (run.target.origin, run.target.account) == (TARGET, ACCOUNT)
    assert (run.target.profiles, run.target.is_reference) == (("video", "fabric"), False)
    assert (run.effort, run.seed, run.select, run.strict) == (Effort.STANDARD, None, "", False)
    assert run.output == Path("conformance-results")
    assert (run.limits.max_requests, run.limits.requests_per_second, run.limits.timeout) == (None, None, 10.0)


def test_every_run_has_a_unique_prefix() -> None:
    prefixes = {load().prefix for _ in range(20)}
    assert len(prefixes) == 20
    assert {len(prefix) for prefix in prefixes} == {8}


def test_the_built_in_server_needs_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PROJECT_VARIABLE)
    monkeypatch.delenv(TOKEN_VARIABLE)
    run = load_settings({}, reference_url="http://127.0.0.1:1")
    assert (run.target.origin, run.target.account) == ("http://127.0.0.1:1", reference_process.ACCOUNT)
    assert run.target.is_reference


FILE = f"""
target = "{TARGET}/from-file"
profiles = ["fabric"]
effort = "thorough"
select = "API-*"
seed = 7
concurrency = 3
rate_limit = "5/s"
max_requests = 100
max_seconds = 90
timeout = 2.5
headers = ["X-From: file"]
proxy = "http://proxy.test"
active_session = "session-of-file"
output = "out-of-file"
strict = true
base_paths = {{video = "/v"}}
"""


def test_the_file_applies_without_options() -> None:
    write(FILE)
    run = load_settings({})
    assert run.target.origin == f"{TARGET}/from-file"
    assert run.target.profiles == ("fabric",)
    assert run.target.active_session == "session-of-file"
    assert dict(run.target.base_paths) == {"video": "/v", "fabric": "/api/fabric"}
    assert (run.effort, run.select, run.seed, run.strict) == (Effort.THOROUGH, "API-*", 7, True)
    assert (run.limits.concurrency, run.limits.requests_per_second) == (3, 5.0)
    assert (run.limits.max_requests, run.limits.timeout, run.limits.max_seconds) == (100, 2.5, 90.0)
    assert (run.connection.headers, run.connection.proxy) == ((("X-From", "file"),), "http://proxy.test")
    assert run.output == Path("out-of-file")


@pytest.mark.parametrize(
    "flag, value, is_applied",
    [
        ("target", "https://flag.test", lambda run: run.target.origin == "https://flag.test"),
        ("profiles", ("video",), lambda run: run.target.profiles == ("video",)),
        ("effort", "smoke", lambda run: run.effort is Effort.SMOKE),
        ("select", "FCR-*", lambda run: run.select == "FCR-*"),
        ("select", ["FCR-*", "level:may"], lambda run: run.select == "FCR-*,level:may"),
        ("exclude", "FCR-*, level:may", lambda run: run.select == "API-*,!FCR-*,!level:may"),
        ("seed", 0, lambda run: run.seed == 0),
        ("concurrency", 9, lambda run: run.limits.concurrency == 9),
        ("rate_limit", "8/s", lambda run: run.limits.requests_per_second == 8),
        ("max_requests", 9, lambda run: run.limits.max_requests == 9),
        ("timeout", 0.5, lambda run: run.limits.timeout == 0.5),
        ("headers", ("X-From: flag",), lambda run: run.connection.headers == (("X-From", "flag"),)),
        ("proxy", "http://flag.test", lambda run: run.connection.proxy == "http://flag.test"),
        ("active_session", "flag", lambda run: run.target.active_session == "flag"),
        ("output", "flag", lambda run: run.output == Path("flag")),
    ],
)
def test_an_option_overrides_the_file(flag: str, value: Any, is_applied: Any) -> None:
    assert is_applied(load_settings({flag: value, "config": write(FILE)}))


@pytest.mark.parametrize("nothing", [None, ()])
def test_an_unspecified_option_overrides_nothing(nothing: Any) -> None:
    write(FILE)
    assert load_settings({"target": nothing, "profiles": nothing}).target.origin == f"{TARGET}/from-file"


def test_options_override_the_environment() -> None:
    Path("token.txt").write_text("  token-of-file\n")
    run = load(project_id="project-of-flag", api_token_file="token.txt")
    assert run.target.account == Account("project-of-flag", "token-of-file")
    assert load(project_id="project-of-flag").target.account.token == ACCOUNT.token
    assert load(api_token_file="token.txt").target.account.project == ACCOUNT.project


@pytest.mark.parametrize(
    "variable, option", [(PROJECT_VARIABLE, "--project-id"), (TOKEN_VARIABLE, "--api-token-file")]
)
@pytest.mark.parametrize("value", [None, ""])
def test_missing_credentials_are_reported_with_variable_and_option(
    monkeypatch: pytest.MonkeyPatch, variable: str, option: str, value: str | None
) -> None:
    monkeypatch.delenv(variable) if value is None else monkeypatch.setenv(variable, value)
    message = error_message()
    assert variable in message
    assert option in message


def test_an_unreadable_token_file_is_reported() -> None:
    Path("binary").write_bytes(b"\xff\xfe")
    for path, problem in (
        ("missing.txt", "cannot be read: No such file"),
        (".", "is a folder, not a regular file"),
        ("binary", "cannot be read: it is UTF-16; save it as UTF-8"),
    ):
        assert f"the token file {path} {problem}" in error_message(api_token_file=path)


@pytest.mark.parametrize(
    "target, problem",
    [
        ("http:", "must be an http or https URL"),
        ("", "--target: '' is not a non-empty string"),
        ("  ", "--target: '  ' is not a non-empty string"),
        ("ftp://example.test", "must be an http or https URL"),
        ("http://", "must be an http or https URL"),
        ("https:///api", "must be an http or https URL"),
        ("http://[::1", "is not a valid URL"),
        ("http://example.test:port", "is not a valid URL"),
        ("http://exa\x00mple.test", "is not a valid URL"),
    ],
)
def test_an_invalid_target_is_rejected(target: str, problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        load_settings({"target": target})


@pytest.mark.parametrize("userinfo", ["project:secret", "project", ":secret"])
def test_credentials_in_the_target_are_rejected_and_not_repeated(userinfo: str) -> None:
    message = error_message(target=f"https://{userinfo}@example.test")
    assert PROJECT_VARIABLE in message
    assert "secret" not in message


@pytest.mark.parametrize(
    "target, origin",
    [
        ("https://example.test/", "https://example.test"),
        ("https://example.test:8443/base/", "https://example.test:8443/base"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://example.test/?a=b#c", "https://example.test"),
    ],
)
def test_query_and_fragment_of_a_target_are_removed(target: str, origin: str) -> None:
    assert load(target=target).target.origin == origin


@pytest.mark.parametrize(
    "base, path, target_path",
    [
        ("", "/api/video/conferences", "/api/video/conferences"),
        ("/base/", "/api/video/conferences", "/base/api/video/conferences"),
        ("/base", "/api/fabric/resources/x", "/base/api/fabric/resources/x"),
        ("", "/elsewhere", "/elsewhere"),
        ("/a%2Fb", "/api/video/conferences", "/a%2Fb/api/video/conferences"),
        ("/a%20b/%C3%A9", "/api/video/conferences", "/a%20b/%C3%A9/api/video/conferences"),
    ],
)
def test_documented_paths_are_appended_to_the_target(base: str, path: str, target_path: str) -> None:
    assert load(target=TARGET + base).target.target_path(path) == target_path


def test_base_paths_replace_the_documented_ones() -> None:
    write('base_paths = {fabric = "/f/2"}')
    target = load().target
    assert target.target_path("/api/fabric/resources/x") == "/f/2/resources/x"
    assert target.target_path("/api/video/conferences") == "/api/video/conferences"


@pytest.mark.parametrize(
    "key, hint", [("targt", "; did you mean 'target'?"), ("rate-limit", "'rate_limit'"), ("zzz", "'zzz'")]
)
def test_an_unknown_setting_is_rejected_with_a_suggestion(key: str, hint: str) -> None:
    write(f'{key} = "x"')
    message = error_message()
    assert f"conformance.toml: unknown setting {key!r}" in message
    assert message.endswith(hint) or hint in message


@pytest.mark.parametrize("key", ["project_id", "api_token", "token", "api_token_file", "credentials"])
@pytest.mark.parametrize("name", ["conformance.toml", "pyproject.toml"])
def test_credentials_in_a_file_are_rejected_and_not_repeated(key: str, name: str) -> None:
    head = "[tool.conformance]\n" if name == "pyproject.toml" else ""
    write(f'{head}{key} = "very-secret"', name)
    message = error_message()
    assert f"{key!r} is not allowed in a configuration file" in message
    assert TOKEN_VARIABLE in message
    assert "very-secret" not in message


def test_pyproject_is_read_if_there_is_no_conformance_toml() -> None:
    write('[tool.conformance]\nselect = "VC-GET-*"', "pyproject.toml")
    assert load().select == "VC-GET-*"
    write('select = "FCR-GET-*"')
    assert load().select == "FCR-GET-*"


@pytest.mark.parametrize("text", ["", '[project]\nname = "x"', "[tool.ruff]\nline-length = 9"])
def test_a_pyproject_without_a_conformance_table_is_ignored(text: str) -> None:
    write(text, "pyproject.toml")
    assert merge_sources({}) == {}


def test_a_specified_file_replaces_the_default_one() -> None:
    write('select = "VC-GET-*"')
    assert load(config=write('select = "FCR-GET-*"', "other.toml")).select == "FCR-GET-*"


def test_an_unreadable_file_is_reported() -> None:
    assert "missing.toml cannot be read: No such file" in error_message(config="missing.toml")
    assert "other.toml is not valid TOML" in error_message(config=write("select =", "other.toml"))
    Path("binary.toml").write_bytes(b"\xff")
    assert "binary.toml is not valid TOML" in error_message(config="binary.toml")


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


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "seed = " + "9" * 5000, "a.b"])
def test_content_that_the_toml_parser_cannot_handle_is_not_valid_toml(text: str) -> None:
    assert "conformance.toml is not valid TOML" in error_message(config=write(text))


@pytest.mark.parametrize("text", ["tool = 3", "[tool]\nconformance = 3"])
def test_a_conformance_member_that_is_not_a_table_is_rejected(text: str) -> None:
    write(text, "pyproject.toml")
    assert "must be a table" in error_message()


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
