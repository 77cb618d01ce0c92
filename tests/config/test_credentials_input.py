"""Credentials: accidental characters are removed, other mistakes are errors."""

import base64
from pathlib import Path

import pytest

from conformance.config.credentials_input import known_accounts, prepared_variables, supplied_account
from conformance.config.setting_types import ConfigurationError
from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE, Account
from conformance.redaction.redactor import Redactor

ID = "5f3c6d2e-8b1a-4c7d-9e0f-a1b2c3d4e5f6"
OTHER_ID = "57a2d512-0000-4000-8000-00000000000f"
SECRET = "PTa1b9c27de4f05836Kd7Q2mXv"


def supplied_credentials(project: str | None, token: str | None) -> tuple[Account, tuple[str, ...]]:
    environment = {
        name: value
        for name, value in ((PROJECT_VARIABLE, project), (TOKEN_VARIABLE, token))
        if value is not None
    }
    result = supplied_account({}, environment)
    return result.account, result.notices


def error_message(project: str | None, token: str | None) -> str:
    with pytest.raises(ConfigurationError) as error:
        supplied_credentials(project, token)
    message = str(error.value)
    assert SECRET not in message
    return message


ACCIDENTAL = {
    "nothing": ("{}", None),
    "a line break": ("{}\n", "a line break"),
    "a carriage return": ("{}\r", "a carriage return"),
    "both": ("{}\r\n", "a carriage return and a line break"),
    "a space": (" {} ", "a space"),
    "a tab": ("{}\t", "a tab"),
    "a byte order mark": ("\ufeff{}", "a byte order mark"),
    "a no-break space": ("{}\u00a0", "a no-break space"),
    "a zero-width space": ("\u200b{}", "a zero-width space"),
    "quotes": ('"{}"', "quotes"),
    "single quotes": ("'{}'", "quotes"),
    "typographic quotes": ("\u201c{}\u201d", "quotes"),
    "quotes and other characters": ('\ufeff "{}\n" \r\n', "a byte order mark"),
}


@pytest.mark.parametrize("form, removed", ACCIDENTAL.values(), ids=ACCIDENTAL)
def test_accidental_characters_are_removed_with_a_notice(form: str, removed: str | None) -> None:
    account, notices = supplied_credentials(form.format(ID), form.format(SECRET))
    assert account == Account(ID, SECRET)
    if removed is None:
        assert notices == ()
        return
    assert notices[0].startswith(f"credentials  removed {removed}")
    assert notices[0].endswith(f"around the Project ID of {PROJECT_VARIABLE}")
    assert notices[1].endswith(f"around the API token of {TOKEN_VARIABLE}")


@pytest.mark.parametrize("form, removed", ACCIDENTAL.values(), ids=ACCIDENTAL)
def test_a_token_file_is_corrected_like_a_variable(tmp_path: Path, form: str, removed: str | None) -> None:
    path = tmp_path / "token"
    path.write_bytes(form.format(SECRET).encode())
    result = supplied_account({"project_id": ID, "api_token_file": str(path)}, {})
    assert result.account == Account(ID, SECRET)
    assert bool(result.notices) is (removed is not None)


@pytest.mark.parametrize("project", [None, ID, f"{ID}\n"])
@pytest.mark.parametrize("form", ["{}:{}", "{}:{}\n", '"{}:{}"', "{} : {}"])
def test_a_pair_in_the_token_is_split(project: str | None, form: str) -> None:
    account, notices = supplied_credentials(project, form.format(ID, SECRET))
    assert account == Account(ID, SECRET)
    assert any(f"split the API token of {TOKEN_VARIABLE} into project:token" in notice for notice in notices)


@pytest.mark.parametrize("token", [None, SECRET])
def test_a_pair_in_the_project_id_is_split(token: str | None) -> None:
    account, notices = supplied_credentials(f"{ID}:{SECRET}", token)
    assert account == Account(ID, SECRET)
    assert notices == (f"credentials  split the Project ID of {PROJECT_VARIABLE} into project:token",)


def test_a_token_may_contain_a_colon() -> None:
    assert supplied_credentials(ID, "a:b") == (Account(ID, "a:b"), ())


MISTAKES = {
    "a quote at the end": (ID, f'{SECRET}"', f"the API token of {TOKEN_VARIABLE} ends in a quote"),
    "a quote at the start": (ID, f"'{SECRET}", f"the API token of {TOKEN_VARIABLE} begins with a quote"),
    "a quote at the end of the project": (
        f'{ID}"',
        SECRET,
        f"the Project ID of {PROJECT_VARIABLE} ends in a quote",
    ),
    "a space inside": (ID, f"{SECRET} x", "contains a space (U+0020)"),
    "a line break inside": (ID, f"{SECRET}\nx", "contains a line break (U+000A)"),
    "a zero byte": (ID, f"{SECRET}\0x", "contains a control character (U+0000)"),
    "a non-ASCII letter": (ID, f"{SECRET}\u00e9", "latin small letter e with acute (U+00E9)"),
    "a byte that is not UTF-8": (ID, f"{SECRET}\udcff", "contains bytes that are not UTF-8"),
    "a scheme": (ID, f"Basic {SECRET}", "begins with the name of an authentication scheme"),
    "another scheme": (ID, f"bearer {SECRET}", "begins with the name of an authentication scheme"),
    "an assignment": (ID, f"{TOKEN_VARIABLE}={SECRET}", "begins with a variable name and an equals sign"),
    "an export": (ID, f"export {TOKEN_VARIABLE}={SECRET}", "begins with a variable name and an equals sign"),
    "a placeholder": (ID, "your-api-token", "is a placeholder"),
    "a placeholder of the README": ("your-project-id", SECRET, "is a placeholder"),
    "angle brackets": (ID, "<token>", "is a placeholder"),
    "a variable": (ID, f"${TOKEN_VARIABLE}", "is a placeholder"),
    "a variable in braces": (ID, f"${{{TOKEN_VARIABLE}}}", "is a placeholder"),
    "a variable of another shell": (ID, f"%{TOKEN_VARIABLE}%", "is a placeholder"),
    "change me": (ID, "changeme", "is a placeholder"),
    "repeated letters x": (ID, "PTxxxxxxxxxxxx", "is a placeholder"),
    "a masked token": (ID, "********", "is a placeholder"),
    "an escaped line break": (ID, rf"{SECRET}\n", "ends in a backslash and a letter"),
    "swapped values": (SECRET, ID, "swap them"),
    "base64": (ID, base64.b64encode(f"{ID}:{SECRET}".encode()).decode(), "in base64"),
    "a pair of another project": (ID, f"{OTHER_ID}:{SECRET}", "of another project"),
    "a colon in the project": (f"{ID}:x", SECRET, "specify the Project ID only"),
    "a token of spaces": (ID, " \n", f"{TOKEN_VARIABLE} contains only spaces or quotes"),
    "empty quotes": ('""', SECRET, f"{PROJECT_VARIABLE} contains only spaces or quotes"),
    "no token": (ID, None, f"missing API token: set {TOKEN_VARIABLE}"),
    "no project": (None, SECRET, f"missing Project ID: set {PROJECT_VARIABLE}"),
}


@pytest.mark.parametrize("project, token, problem", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_reported_without_the_value(project: str, token: str, problem: str) -> None:
    assert problem in error_message(project, token)


@pytest.mark.parametrize(
    "project, token",
    [("project", "token"), ("a", "b"), ("12345678", 'PT"back\\slash"x'), (ID, ID), (ID, "a=b")],
)
def test_credentials_in_other_formats_are_accepted_unchanged(project: str, token: str) -> None:
    assert supplied_credentials(project, token) == (Account(project, token), ())


def test_a_token_file_in_utf_16_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_bytes(SECRET.encode("utf-16"))
    with pytest.raises(ConfigurationError, match="it is UTF-16; save it as UTF-8"):
        supplied_account({"project_id": ID, "api_token_file": str(path)}, {})


def test_the_variables_of_the_reference_server_are_corrected_like_those_of_a_run() -> None:
    assert prepared_variables({PROJECT_VARIABLE: f"{ID}\n"})[0] == {PROJECT_VARIABLE: ID}
    assert prepared_variables({TOKEN_VARIABLE: f'"{SECRET}"'})[0] == {TOKEN_VARIABLE: SECRET}
    assert prepared_variables({}) == ({}, ())
    with pytest.raises(ConfigurationError, match="ends in a quote"):
        prepared_variables({TOKEN_VARIABLE: f'{SECRET}"'})


@pytest.mark.parametrize("form", ["{}\n", '"{}"', "{}", f"{ID}:{{}}"])
def test_every_form_of_a_credential_is_redacted(form: str) -> None:
    text = f"a {SECRET}\nb"
    for account in known_accounts({}, {TOKEN_VARIABLE: form.format(SECRET)}):
        text = Redactor(account)(text)
    assert SECRET not in text
    assert text.endswith("]\nb")
