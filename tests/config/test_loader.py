"""Settings from options, environment and file: precedence and errors."""

from pathlib import Path
from typing import Any

import pytest

from conformance.config.loader import ConfigurationError, load_settings, merge_sources
from conformance.config.settings import Effort
from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE, Account
from conformance.processes import reference_process
from tests.config.loading import TARGET, error_message, load, write
from tests.support.fake_targets import ACCOUNT

pytestmark = pytest.mark.usefixtures("empty_folder")


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


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "seed = " + "9" * 5000, "a.b"])
def test_content_that_the_toml_parser_cannot_handle_is_not_valid_toml(text: str) -> None:
    assert "conformance.toml is not valid TOML" in error_message(config=write(text))


@pytest.mark.parametrize("text", ["tool = 3", "[tool]\nconformance = 3"])
def test_a_conformance_member_that_is_not_a_table_is_rejected(text: str) -> None:
    write(text, "pyproject.toml")
    assert "must be a table" in error_message()
