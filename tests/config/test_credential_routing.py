"""A file found by the search cannot reroute the credentials of a target on the command line."""

from pathlib import Path
from typing import Any

import pytest

from conformance.config.loader import ConfigurationError, load_settings

pytestmark = pytest.mark.usefixtures("empty_folder")

TARGET = "https://example.test"


def write(text: str, name: str = "conformance.toml") -> None:
    head = "[tool.conformance]\n" if name == "pyproject.toml" else ""
    Path(name).write_text(head + text)


def error_message(**flags: Any) -> str:
    with pytest.raises(ConfigurationError) as error:
        load_settings(flags)
    return str(error.value)


REROUTING = {
    "proxy": ('proxy = "http://user:sesame@proxy.test:3128"', "proxy"),
    "ca": ('ca = "ca.pem"', "ca"),
    "verify_tls": ("verify_tls = false", "verify_tls"),
    "client_cert": ('client_cert = "own.pem"', "client_cert"),
    "Host": ('headers = ["X-A: b", "hOST : other.test"]', "a Host header"),
}


@pytest.mark.parametrize("text, name", REROUTING.values(), ids=REROUTING)
@pytest.mark.parametrize("path", ["conformance.toml", "pyproject.toml"])
def test_rerouting_settings_require_a_specified_file(text: str, name: str, path: str) -> None:
    write(text, path)
    message = error_message(target=TARGET)
    assert message.startswith(f"{path} sets {name}, which decides where the credentials are sent")
    assert f"--config {path}" in message
    assert "sesame" not in message


def test_rerouting_settings_of_a_parent_folder_are_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    write('proxy = "http://proxy.test"')
    Path("sub").mkdir()
    monkeypatch.chdir("sub")
    assert "../conformance.toml sets proxy" in error_message(target=TARGET)


def test_a_specified_file_may_reroute_the_target() -> None:
    write('proxy = "http://user:sesame@proxy.test:3128"')
    run = load_settings({"target": TARGET, "config": "conformance.toml"})
    assert run.connection.proxy == "http://user:sesame@proxy.test:3128"
    assert run.notices == ("configuration  conformance.toml: proxy http://…@proxy.test:3128",)


def test_a_file_that_verifies_tls_does_not_reroute() -> None:
    write("verify_tls = true")
    assert load_settings({"target": TARGET}).notices == ("configuration  conformance.toml",)


def test_a_file_that_does_not_verify_tls_is_reported_with_a_warning() -> None:
    write(f'target = "{TARGET}"\nverify_tls = false')
    notice, warning = load_settings({}).notices
    assert notice == f"configuration  conformance.toml: target {TARGET}, verify_tls false"
    assert warning.startswith("warning: ")


def test_an_option_overrides_the_file() -> None:
    write('proxy = "http://proxy.test"\nheaders = ["Host: other.test"]')
    run = load_settings({"target": TARGET, "proxy": "http://own.test", "headers": ("Host: own.test",)})
    assert (run.connection.proxy, run.connection.headers) == ("http://own.test", (("Host", "own.test"),))
    assert run.notices == ("configuration  conformance.toml",)


def test_a_file_may_reroute_its_own_target() -> None:
    write(
        f'target = "{TARGET}"\nproxy = "http://proxy.test"\nheaders = ["X-Key: sesame-sesame", "Host: a"]\n'
        'base_paths = {video = "/v"}'
    )
    (notice,) = load_settings({}).notices
    assert notice == (
        f"configuration  conformance.toml: target {TARGET}, proxy http://proxy.test, headers X-Key Host, "
        "base_paths video=/v"
    )


def test_plain_http_to_a_remote_host_requires_a_specified_file() -> None:
    write("allow_http = true")
    assert "sets allow_http" in error_message(target="http://example.test")
    assert load_settings({"target": TARGET}).notices == ("configuration  conformance.toml: allow_http",)
    assert load_settings({"target": "http://127.0.0.1:1"}).target.origin == "http://127.0.0.1:1"
    run = load_settings({"target": "http://example.test", "config": "conformance.toml"})
    assert run.target.origin == "http://example.test"


@pytest.mark.parametrize("text", ['effort = "smoke"', 'headers = ["X-A: b"]', 'base_paths = {video = "/v"}'])
def test_other_settings_do_not_require_a_specified_file(text: str) -> None:
    write(text)
    assert load_settings({"target": TARGET}).target.origin == TARGET
