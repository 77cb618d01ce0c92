"""Credentials from options, environment variables or a token file.

Accidental characters around a value, such as spaces and quotes, are removed; other mistakes are errors. No
message contains a value.
"""

import base64
import binascii
import codecs
import os
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from conformance.config.setting_types import ConfigurationError
from conformance.http.credentials import (
    PROJECT_VARIABLE,
    SECOND_PROJECT_VARIABLE,
    SECOND_TOKEN_VARIABLE,
    TOKEN_VARIABLE,
    Account,
)
from reports.files import input_files

_QUOTES: Final = {'"': '"', "'": "'", "`": "`", "\u201c": "\u201d", "\u2018": "\u2019"}
_ANY_QUOTE: Final = frozenset({*_QUOTES, *_QUOTES.values()})
_ACCIDENTAL_CHARACTERS: Final = {
    "\ufeff": "a byte order mark",
    "\u00a0": "a no-break space",
    "\u200b": "a zero-width space",
    "\u200c": "a zero-width character",
    "\u200d": "a zero-width character",
    "\u2060": "a zero-width character",
    "\r": "a carriage return",
    "\n": "a line break",
    "\t": "a tab",
    " ": "a space",
}
_UUID: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TOKEN: Final = re.compile("PT[0-9A-Za-z]{8,}")
_SCHEME: Final = re.compile(r"(Basic|Bearer)\s", re.IGNORECASE)
_ASSIGNMENT: Final = re.compile(r"(export\s+\w+|\w*(signalwire|project|token)\w*)\s*=", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(
    r"""your(\W|_|api|project|space|token).*|(PT)?(x[-x]{2,}|\*+|\.{3,}|\u2026)|<.*>|\[.*\]|\{.*\}|\$\w+|\$\{.*\}|\$\(.*\)|%\w+%
    |(change|replace)[-_ ]?me|todo""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class CredentialInput:
    """A Project ID or an API token, and where it comes from."""

    kind: str
    source: str
    text: str

    @property
    def label(self) -> str:
        """Return the kind and the source, for messages."""
        return f"the {self.kind} of {self.source}"


@dataclass(frozen=True)
class SuppliedAccount:
    """The account of a run, with a notice for each correction of its credentials."""

    account: Account
    notices: tuple[str, ...] = ()


def supplied_account(
    options: Mapping[str, Any], environment: Mapping[str, str] = os.environ
) -> SuppliedAccount:
    """Return the account that the options specify, or else the environment variables.

    Raise ConfigurationError if a value is missing or certainly wrong.
    """
    project, token, notices = _prepared(options, environment)
    if project is None or not project.text:
        raise ConfigurationError(
            _missing_message(project, f"missing Project ID: set {PROJECT_VARIABLE} or use --project-id")
        )
    if token is None or not token.text:
        raise ConfigurationError(
            _missing_message(token, f"missing API token: set {TOKEN_VARIABLE} or use --api-token-file")
        )
    _check_swapped(project, token)
    _check(project)
    _check_encoded(project, token)
    _check(token)
    return SuppliedAccount(Account(project.text, token.text), notices)


def prepared_variables(environment: Mapping[str, str] = os.environ) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the environment variables that are set, corrected as for a run, with the notices.

    Raise ConfigurationError if a value is certainly wrong.
    """
    project, token, notices = _prepared({}, environment)
    inputs = {
        name: credential
        for name, credential in ((PROJECT_VARIABLE, project), (TOKEN_VARIABLE, token))
        if credential and credential.text
    }
    for credential in inputs.values():
        _check(credential)
    return {name: credential.text for name, credential in inputs.items()}, notices


def known_accounts(
    options: Mapping[str, Any], environment: Mapping[str, str] = os.environ
) -> tuple[Account, ...]:
    """Return all credentials that this process may know, including invalid ones, for redaction."""
    project_variables = (PROJECT_VARIABLE, SECOND_PROJECT_VARIABLE)
    token_variables = (TOKEN_VARIABLE, SECOND_TOKEN_VARIABLE)
    raw_projects = (
        *(options.get(name) for name in ("project_id", "second_project_id")),
        *(environment.get(name) for name in project_variables),
    )
    raw_tokens = (
        *(_file_content(options.get(name)) for name in ("api_token_file", "second_api_token_file")),
        *(environment.get(name) for name in token_variables),
    )
    projects = [_cleaned_text(text or "") for text in raw_projects]
    tokens = [_cleaned_text(text or "") for text in raw_tokens]
    pairs = [text.partition(":") for text in (*projects, *tokens) if ":" in text]
    projects += [first for first, _, _ in pairs]
    tokens += [second for _, _, second in pairs]
    accounts = (Account(project, token) for project in projects for token in tokens)
    return tuple(dict.fromkeys(account for account in accounts if account.project or account.token))


def _prepared(
    options: Mapping[str, Any], environment: Mapping[str, str]
) -> tuple[CredentialInput | None, CredentialInput | None, tuple[str, ...]]:
    notices: list[str] = []
    project, token = _project(options, environment), _token(options, environment)
    project, token = (credential and _cleaned(credential, notices) for credential in (project, token))
    project, token = _split(project, token, notices)
    return project, token, tuple(notices)


def _project(options: Mapping[str, Any], environment: Mapping[str, str]) -> CredentialInput | None:
    option = options.get("project_id")
    if option:
        return CredentialInput("Project ID", "--project-id", option)
    return (
        CredentialInput("Project ID", PROJECT_VARIABLE, environment[PROJECT_VARIABLE])
        if environment.get(PROJECT_VARIABLE)
        else None
    )


def _token(options: Mapping[str, Any], environment: Mapping[str, str]) -> CredentialInput | None:
    path = options.get("api_token_file")
    if path is None:
        return (
            CredentialInput("API token", TOKEN_VARIABLE, environment[TOKEN_VARIABLE])
            if environment.get(TOKEN_VARIABLE)
            else None
        )
    return CredentialInput("API token", f"the token file {path}", _read(path))


def _read(path: str) -> str:
    try:
        content = input_files.read_bytes(Path(path), limit=input_files.CREDENTIALS)
        return content.decode("utf-8")
    except input_files.InputFileError as error:
        raise ConfigurationError(f"the token file {error}") from None
    except UnicodeDecodeError:
        is_utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        encoding = "UTF-16; save it as UTF-8" if is_utf_16 else "not UTF-8 text"
        raise ConfigurationError(f"the token file {path} cannot be read: it is {encoding}") from None
    except ValueError as error:  # an invalid path
        raise ConfigurationError(f"the token file {path!r} cannot be read: {error}") from None


def _file_content(path: Any) -> str | None:
    try:
        return input_files.read_text(Path(path), limit=input_files.CREDENTIALS) if path else None
    except ValueError:
        return None


def _cleaned(credential: CredentialInput, notices: list[str]) -> CredentialInput:
    """Return the credential without whitespace, invisible characters and quotes around it."""
    text, removed = credential.text, []
    while text:
        inner = text.strip("".join(_ACCIDENTAL_CHARACTERS) + "\v\f")
        removed += [
            _ACCIDENTAL_CHARACTERS.get(character, "a space") for character in _surrounding(text, inner)
        ]
        quoted = len(inner) > 1 and _QUOTES.get(inner[0]) == inner[-1]
        if quoted:
            removed.append("quotes")
        elif inner == text:
            break
        text = inner[1:-1] if quoted else inner
    if removed and text:
        names = " and ".join(dict.fromkeys(removed))
        notices.append(f"credentials  removed {names} around {credential.label}")
    return replace(credential, text=text)


def _cleaned_text(text: str) -> str:
    return _cleaned(CredentialInput("", "", text), []).text


def _surrounding(text: str, inner: str) -> str:
    start = text.find(inner)
    return text[:start] + text[start + len(inner) :]


def _split(
    project: CredentialInput | None, token: CredentialInput | None, notices: list[str]
) -> tuple[CredentialInput | None, CredentialInput | None]:
    """Split a pair project:token in one input into Project ID and API token, unless they conflict."""
    if project is not None and ":" in project.text:
        first, _, second = project.text.partition(":")
        if token is not None and second.strip() not in {token.text, ""}:
            raise ConfigurationError(
                f"{project.label} contains a colon; specify the Project ID only, without a token"
            )
        notices.append(f"credentials  split {project.label} into project:token")
        second_half = replace(project, kind="API token", text=second)
        return _cleaned(replace(project, text=first), notices), token or _cleaned(second_half, notices)
    if token is not None and ":" in token.text:
        first, _, second = token.text.partition(":")
        if project is None or first.strip() == project.text:
            notices.append(f"credentials  split {token.label} into project:token")
            first_half = replace(token, kind="Project ID", text=first)
            return project or _cleaned(first_half, notices), _cleaned(replace(token, text=second), notices)
        if _UUID.fullmatch(first):
            raise ConfigurationError(
                f"{token.label} is a pair project:token of another project than {project.label}; "
                "specify both for the same project"
            )
    return project, token


def _missing_message(credential: CredentialInput | None, missing: str) -> str:
    if credential is None:
        return missing
    if credential.source in {PROJECT_VARIABLE, TOKEN_VARIABLE}:
        return f"{credential.source} contains only spaces or quotes; {missing}"
    return f"{credential.source} is empty; it must contain the {credential.kind}"


def _check_swapped(project: CredentialInput, token: CredentialInput) -> None:
    if _UUID.fullmatch(token.text) and _TOKEN.fullmatch(project.text):
        raise ConfigurationError(
            f"{project.label} looks like an API token, and {token.label} like a Project ID; swap them"
        )


def _check_encoded(project: CredentialInput, token: CredentialInput) -> None:
    try:
        decoded = base64.b64decode(token.text, validate=True)
    except (binascii.Error, ValueError):
        return
    if decoded.startswith(f"{project.text}:".encode()):
        raise ConfigurationError(
            f"{token.label} is the pair project:token in base64; specify the token only, not encoded"
        )


def _check(credential: CredentialInput) -> None:
    """Raise ConfigurationError for the first mistake, without repeating the value."""
    for is_wrong, problem in _MISTAKES:
        if is_wrong(credential.text):
            raise ConfigurationError(f"{credential.label} {problem}; specify the value only")
    for character in credential.text:
        if not "!" <= character <= "~":
            raise ConfigurationError(
                f"{credential.label} contains {_character_name(character)}; specify the value only"
            )


def _character_name(character: str) -> str:
    if "\udc80" <= character <= "\udcff":
        return "bytes that are not UTF-8"
    name = _ACCIDENTAL_CHARACTERS.get(character) or unicodedata.name(character, "a control character").lower()
    return f"{name} (U+{ord(character):04X})"


_MISTAKES: Final[tuple[tuple[Callable[[str], Any], str], ...]] = (
    (_SCHEME.match, "begins with the name of an authentication scheme"),
    (_ASSIGNMENT.match, "begins with a variable name and an equals sign"),
    (_PLACEHOLDER.fullmatch, "is a placeholder"),
    (lambda text: text[0] in _ANY_QUOTE, "begins with a quote that is not closed"),
    (lambda text: text[-1] in _ANY_QUOTE, "ends in a quote that was not opened"),
    (lambda text: text.endswith((r"\n", r"\r", r"\t")), "ends in a backslash and a letter"),
)
