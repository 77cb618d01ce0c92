"""Settings: flags beat environment beats file, and what cannot be used is named with its mend."""

from pathlib import Path
from typing import Any

import pytest

from conformance.config.loader import ConfigurationError, merged, settings
from conformance.config.setting_types import KINDS
from conformance.config.settings import Effort, Settings
from conformance.http.credentials import PROJECT, TOKEN, Account
from conformance.processes import reference_process
from tests.support.fake_targets import ACCOUNT, ENVIRONMENT

TARGET = "https://example.test"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in an empty folder, with the credentials in the environment."""
    monkeypatch.chdir(tmp_path)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def told(**flags: Any) -> Settings:
    return settings({"target": TARGET, **flags})


def refusal(**flags: Any) -> str:
    with pytest.raises(ConfigurationError) as refused:
        told(**flags)
    return str(refused.value)


def write(text: str, name: str = "conformance.toml") -> str:
    Path(name).write_text(text)
    return name


def test_without_anything_else_there_are_defaults() -> None:
    run = told()
    assert (run.target.origin, run.target.account) == (TARGET, ACCOUNT)
    assert (run.target.profiles, run.target.reference) == (("video", "fabric"), False)
    assert (run.effort, run.seed, run.select, run.strict) == (Effort.STANDARD, None, "", False)
    assert run.output == Path("conformance-results")
    assert (run.limits.requests, run.limits.per_second, run.limits.timeout) == (None, None, 10.0)


def test_every_run_has_a_prefix_of_its_own() -> None:
    prefixes = {told().prefix for _ in range(20)}
    assert len(prefixes) == 20
    assert {len(prefix) for prefix in prefixes} == {8}


def test_the_built_in_server_needs_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PROJECT)
    monkeypatch.delenv(TOKEN)
    run = settings({}, reference="http://127.0.0.1:1")
    assert (run.target.origin, run.target.account) == ("http://127.0.0.1:1", reference_process.ACCOUNT)
    assert run.target.reference


FILE = f"""
target = "{TARGET}/from-file"
profiles = ["fabric"]
effort = "thorough"
select = "VC-*"
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


def test_the_file_is_used_where_no_flag_is_given() -> None:
    write(FILE)
    run = settings({})
    assert run.target.origin == f"{TARGET}/from-file"
    assert run.target.profiles == ("fabric",)
    assert run.target.active_session == "session-of-file"
    assert dict(run.target.base_paths) == {"video": "/v", "fabric": "/api/fabric"}
    assert (run.effort, run.select, run.seed, run.strict) == (Effort.THOROUGH, "VC-*", 7, True)
    assert (run.limits.concurrency, run.limits.per_second) == (3, 5.0)
    assert (run.limits.requests, run.limits.timeout, run.limits.seconds) == (100, 2.5, 90.0)
    assert (run.connection.headers, run.connection.proxy) == ((("X-From", "file"),), "http://proxy.test")
    assert run.output == Path("out-of-file")


@pytest.mark.parametrize(
    "flag, value, read",
    [
        ("target", "https://flag.test", lambda run: run.target.origin == "https://flag.test"),
        ("profiles", ("video",), lambda run: run.target.profiles == ("video",)),
        ("effort", "smoke", lambda run: run.effort is Effort.SMOKE),
        ("select", "FCR-*", lambda run: run.select == "FCR-*"),
        ("seed", 0, lambda run: run.seed == 0),
        ("concurrency", 9, lambda run: run.limits.concurrency == 9),
        ("rate_limit", "8/s", lambda run: run.limits.per_second == 8),
        ("max_requests", 9, lambda run: run.limits.requests == 9),
        ("timeout", 0.5, lambda run: run.limits.timeout == 0.5),
        ("headers", ("X-From: flag",), lambda run: run.connection.headers == (("X-From", "flag"),)),
        ("proxy", "http://flag.test", lambda run: run.connection.proxy == "http://flag.test"),
        ("active_session", "flag", lambda run: run.target.active_session == "flag"),
        ("output", "flag", lambda run: run.output == Path("flag")),
    ],
)
def test_a_flag_beats_the_file(flag: str, value: Any, read: Any) -> None:
    assert read(settings({flag: value, "config": write(FILE)}))


@pytest.mark.parametrize("nothing", [None, ()])
def test_a_flag_that_was_not_given_beats_nothing(nothing: Any) -> None:
    write(FILE)
    assert settings({"target": nothing, "profiles": nothing}).target.origin == f"{TARGET}/from-file"


def test_flags_beat_the_environment() -> None:
    Path("token.txt").write_text("  token-of-file\n")
    run = told(project_id="project-of-flag", api_token_file="token.txt")
    assert run.target.account == Account("project-of-flag", "token-of-file")
    assert told(project_id="project-of-flag").target.account.token == ACCOUNT.token
    assert told(api_token_file="token.txt").target.account.project == ACCOUNT.project


@pytest.mark.parametrize("variable, mend", [(PROJECT, "--project-id"), (TOKEN, "--api-token-file")])
@pytest.mark.parametrize("value", [None, ""])
def test_missing_credentials_are_named_with_the_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, mend: str, value: str | None
) -> None:
    monkeypatch.delenv(variable) if value is None else monkeypatch.setenv(variable, value)
    message = refusal()
    assert variable in message
    assert mend in message


def test_a_token_file_that_cannot_be_read_is_named() -> None:
    Path("binary").write_bytes(b"\xff\xfe")
    for path, problem in (
        ("missing.txt", "cannot be read: No such file"),
        (".", "is a folder, not a regular file"),
        ("binary", "cannot be read: it is UTF-16; save it as UTF-8"),
    ):
        assert f"the token file {path} {problem}" in refusal(api_token_file=path)


@pytest.mark.parametrize(
    "target, why",
    [
        ("http:", "needs scheme and host"),
        ("", "--target '' is not a text that is not empty"),
        ("  ", "--target '  ' is not a text that is not empty"),
        ("ftp://example.test", "needs scheme and host"),
        ("http://", "needs scheme and host"),
        ("https:///api", "needs scheme and host"),
        ("http://[::1", "is no address"),
        ("http://example.test:port", "is no address"),
        ("http://exa\x00mple.test", "is no address"),
    ],
)
def test_a_target_that_is_no_origin_is_refused(target: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why):
        settings({"target": target})


@pytest.mark.parametrize("userinfo", ["project:secret", "project", ":secret"])
def test_credentials_in_the_target_are_refused_and_not_repeated(userinfo: str) -> None:
    message = refusal(target=f"https://{userinfo}@example.test")
    assert PROJECT in message
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
def test_a_target_is_an_address_without_query(target: str, origin: str) -> None:
    assert told(target=target).target.origin == origin


@pytest.mark.parametrize(
    "base, path, located",
    [
        ("", "/api/video/conferences", "/api/video/conferences"),
        ("/base/", "/api/video/conferences", "/base/api/video/conferences"),
        ("/base", "/api/fabric/resources/x", "/base/api/fabric/resources/x"),
        ("", "/elsewhere", "/elsewhere"),
        ("/a%2Fb", "/api/video/conferences", "/a%2Fb/api/video/conferences"),
        ("/a%20b/%C3%A9", "/api/video/conferences", "/a%20b/%C3%A9/api/video/conferences"),
    ],
)
def test_documented_paths_are_appended_to_the_target(base: str, path: str, located: str) -> None:
    assert told(target=TARGET + base).target.locate(path) == located


def test_base_paths_replace_the_documented_ones() -> None:
    write('base_paths = {fabric = "/f/2"}')
    target = told().target
    assert target.locate("/api/fabric/resources/x") == "/f/2/resources/x"
    assert target.locate("/api/video/conferences") == "/api/video/conferences"


@pytest.mark.parametrize(
    "key, hint", [("targt", "; did you mean 'target'?"), ("rate-limit", "'rate_limit'"), ("zzz", "'zzz'")]
)
def test_an_unknown_setting_is_named_with_the_nearest_one(key: str, hint: str) -> None:
    write(f'{key} = "x"')
    message = refusal()
    assert f"conformance.toml: there is no setting {key!r}" in message
    assert message.endswith(hint) or hint in message


@pytest.mark.parametrize("key", ["project_id", "api_token", "token", "api_token_file", "credentials"])
@pytest.mark.parametrize("name", ["conformance.toml", "pyproject.toml"])
def test_credentials_in_a_file_are_refused_and_not_repeated(key: str, name: str) -> None:
    head = "[tool.conformance]\n" if name == "pyproject.toml" else ""
    write(f'{head}{key} = "very-secret"', name)
    message = refusal()
    assert f"{key!r} does not belong in a file" in message
    assert TOKEN in message
    assert "very-secret" not in message


def test_pyproject_is_read_where_there_is_no_file_of_our_own() -> None:
    write('[tool.conformance]\nselect = "of-pyproject"', "pyproject.toml")
    assert told().select == "of-pyproject"
    write('select = "of-ours"')
    assert told().select == "of-ours"


@pytest.mark.parametrize("text", ["", '[project]\nname = "x"', "[tool.ruff]\nline-length = 9"])
def test_a_pyproject_without_our_table_says_nothing(text: str) -> None:
    write(text, "pyproject.toml")
    assert merged({}) == {}


def test_a_named_file_is_read_in_place_of_the_usual_one() -> None:
    write('select = "usual"')
    assert told(config=write('select = "named"', "other.toml")).select == "named"


def test_a_file_that_cannot_be_read_is_named() -> None:
    assert "missing.toml cannot be read: No such file" in refusal(config="missing.toml")
    assert "other.toml is not valid TOML" in refusal(config=write("select =", "other.toml"))
    Path("binary.toml").write_bytes(b"\xff")
    assert "binary.toml is not valid TOML" in refusal(config="binary.toml")


@pytest.mark.parametrize("header", ["no colon", ": value", "   : value", ""])
def test_a_header_needs_a_name_and_a_value(header: str) -> None:
    told = "--header needs NAME:VALUE, and one of them has no name or no colon"  # it may be a secret
    assert refusal(headers=(header,)) == told


def test_headers_are_split_at_the_first_colon() -> None:
    headers = told(headers=("X-A: b:c ", "x-empty:")).connection.headers
    assert headers == (("X-A", "b:c"), ("x-empty", ""))


@pytest.mark.parametrize(
    "rate", ["fast", "0", "0/s", "-1/s", "/s", "5/min", "nan", "inf/s", "1e999", "\u0661"]
)
def test_a_rate_is_a_positive_number_of_requests_per_second(rate: str) -> None:
    assert f"--rate-limit {rate!r} is not a rate, such as 20/s" in refusal(rate_limit=rate)


@pytest.mark.parametrize("rate, read", [("20/s", 20.0), ("0.5/s", 0.5), ("7", 7.0), (8, 8.0), (None, None)])
def test_rates_are_read(rate: Any, read: float | None) -> None:
    assert told(rate_limit=rate).limits.per_second == read


@pytest.mark.parametrize(
    "profile, hint", [("vidio", "did you mean 'video'?"), ("x", "there are video, fabric")]
)
def test_an_unknown_profile_is_named_with_those_there_are(profile: str, hint: str) -> None:
    message = refusal(profiles=("video", profile))
    assert f"there is no profile {profile!r}" in message
    assert hint in message


def test_profiles_are_in_their_own_order_each_once() -> None:
    assert told(profiles=("fabric", "video", "fabric")).target.profiles == ("video", "fabric")


def test_an_unknown_effort_is_named_with_those_there_are() -> None:
    assert refusal(effort="lots") == "there is no effort 'lots'; there are smoke, standard, thorough"


@pytest.mark.parametrize("name, flag", [("ca", "--ca"), ("client_cert", "--client-cert")])
def test_a_certificate_that_is_no_file_is_named(name: str, flag: str) -> None:
    assert refusal(**{name: "missing.pem"}).startswith(f"{flag} missing.pem cannot be read: No such file")


def test_more_effort_has_more_examples() -> None:
    examples = [effort.examples for effort in Effort]
    assert examples == sorted(examples)
    assert examples[0] == 0


WRONG = {
    "target": ["1", "''", "[]", "true"],
    "profiles": ['"video"', "1", "[1]", "{video = true}", "['vidio']"],
    "effort": ["1", '"lots"', "[]"],
    "select": ["1", "''", "['VC-*']"],
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
    "headers": ["1", '"X: y"', "[1]", '["no colon"]', "{X = 'y'}"],
    "ca": ["1", '"missing.pem"', '"."', "[]", '"a\\u0000b"'],
    "client_cert": ["1", '"missing.pem"', "['a', 'b']", '"missing.pem,missing.key"'],
    "proxy": ["1", '"proxy:3128"', "''"],
    "allow_http": ["1", '"yes"'],
    "active_session": ["1", '""', "[]"],
    "output": ["1", '""', "[]", '"a\\u0000b"'],
    "strict": ["1", '"yes"', "nan"],
    "fail_fast": ["0", '"no"', "[]"],
    "base_paths": ["1", '"/api"', "{audio = '/api'}", "{video = 1}", "{video = 'api'}", "{video = '/a b'}"],
    "waivers": ["3", '"VC-CREATE-DATE-ONLY"', "[1]", "{requirement = 'x'}"],
}


def test_each_setting_has_its_wrong_values() -> None:
    assert WRONG.keys() == KINDS.keys()


@pytest.mark.parametrize("key, value", [(key, value) for key, values in WRONG.items() for value in values])
def test_a_setting_of_the_wrong_kind_is_named(key: str, value: str) -> None:
    write(f"{key} = {value}")
    with pytest.raises(ConfigurationError) as refused:
        settings({} if key == "target" else {"target": TARGET})
    told = str(refused.value)
    assert any(word in told for word in (key, key.replace("_", "-"), "profile", "header", "waiver"))
    assert len(told) < 300


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "seed = " + "9" * 5000, "a.b"])
def test_what_toml_stumbles_over_is_not_valid_toml(text: str) -> None:
    assert "conformance.toml is not valid TOML" in refusal(config=write(text))


@pytest.mark.parametrize("text", ["tool = 3", "[tool]\nconformance = 3"])
def test_a_pyproject_with_something_else_for_our_table_is_named(text: str) -> None:
    write(text, "pyproject.toml")
    assert "is not a table" in refusal()


@pytest.mark.parametrize("flag", ["target", "active_session", "select", "output", "proxy", "rate_limit"])
def test_a_flag_that_is_empty_is_no_flag_that_was_left_out(flag: str) -> None:
    assert refusal(**{flag: ""}).startswith(f"--{flag.replace('_', '-')} '' is not ")


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), 0.0])
def test_a_timeout_ends(seconds: float) -> None:
    assert "--timeout" in refusal(timeout=seconds)
