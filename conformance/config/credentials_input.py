"""Credentials as people supply them: accidental characters are removed, other mistakes are named."""

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
from conformance.http.credentials import PROJECT, TOKEN, Account
from reports.files import input_files

_QUOTES: Final = {'"': '"', "'": "'", "`": "`", "\u201c": "\u201d", "\u2018": "\u2019"}
_ANY_QUOTE: Final = frozenset({*_QUOTES, *_QUOTES.values()})
_ACCIDENTAL: Final = {
    "\ufeff": "a byte order mark",
    "\u00a0": "a no-break space",
    "\u200b": "a zero-width space",
    "\u200c": "a zero-width character",
    "\u200d": "a zero-width character",
    "\u2060": "a zero-width character",
    "\r": "a carriage return",
    "\n": "a line break",
    "\t": "a tab",
    " ": "a blank",
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
    """A Project ID or an API token, and where it was supplied."""

    kind: str
    source: str
    text: str

    @property
    def subject(self) -> str:
        """Return how messages call it: its kind with its source, never its value."""
        return f"the {self.kind} of {self.source}"


@dataclass(frozen=True)
class SuppliedAccount:
    """The account of a run, and what was removed from its credentials."""

    account: Account
    notices: tuple[str, ...] = ()


def supplied_account(
    options: Mapping[str, Any], environment: Mapping[str, str] = os.environ
) -> SuppliedAccount:
    """Return the account of the options, or of the environment where an option is not given.

    Raise ConfigurationError where a value is missing, or is certainly not what it should be.
    """
    project, token, notices = _prepared(options, environment)
    if project is None or not project.text:
        raise ConfigurationError(_missing(project, f"no Project ID: set {PROJECT}, or use --project-id"))
    if token is None or not token.text:
        raise ConfigurationError(
            _missing(token, f"no API token: set {TOKEN}, or name a file that holds it with --api-token-file")
        )
    _check_exchanged(project, token)
    _check(project)
    _check_encoded(project, token)
    _check(token)
    return SuppliedAccount(Account(project.text, token.text), notices)


def prepared_variables(environment: Mapping[str, str] = os.environ) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return those of the two variables that are set, as a run would read them, and what was removed.

    Raise ConfigurationError where a value is certainly not what it should be.
    """
    project, token, notices = _prepared({}, environment)
    given = {name: value for name, value in ((PROJECT, project), (TOKEN, token)) if value and value.text}
    for value in given.values():
        _check(value)
    return {name: value.text for name, value in given.items()}, notices


def known_accounts(
    options: Mapping[str, Any], environment: Mapping[str, str] = os.environ
) -> tuple[Account, ...]:
    """Return each pair of credentials that this process may know, for redaction: also unusable ones."""
    given_projects = (options.get("project_id"), environment.get(PROJECT))
    given_tokens = (_file_content(options.get("api_token_file")), environment.get(TOKEN))
    projects = [_cleaned_text(text or "") for text in given_projects]
    tokens = [_cleaned_text(text or "") for text in given_tokens]
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
    project, token = (given and _cleaned(given, notices) for given in (project, token))
    project, token = _split(project, token, notices)
    return project, token, tuple(notices)


def _project(options: Mapping[str, Any], environment: Mapping[str, str]) -> CredentialInput | None:
    option = options.get("project_id")
    if option:
        return CredentialInput("Project ID", "--project-id", option)
    return CredentialInput("Project ID", PROJECT, environment[PROJECT]) if environment.get(PROJECT) else None


def _token(options: Mapping[str, Any], environment: Mapping[str, str]) -> CredentialInput | None:
    path = options.get("api_token_file")
    if path is None:
        return CredentialInput("API token", TOKEN, environment[TOKEN]) if environment.get(TOKEN) else None
    return CredentialInput("API token", f"the token file {path}", _read(path))


def _read(path: str) -> str:
    try:
        content = input_files.content(Path(path), limit=input_files.CREDENTIALS)
        return content.decode("utf-8")
    except input_files.InputFileError as error:
        raise ConfigurationError(f"the token file {error}") from None
    except UnicodeDecodeError:
        is_utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        encoding = "UTF-16; save it as UTF-8" if is_utf_16 else "not UTF-8 text"
        raise ConfigurationError(f"the token file {path} cannot be read: it is {encoding}") from None
    except ValueError as error:  # of a path
        raise ConfigurationError(f"the token file {path!r} cannot be read: {error}") from None


def _file_content(path: Any) -> str | None:
    try:
        return input_files.text(Path(path), limit=input_files.CREDENTIALS) if path else None
    except ValueError:
        return None


def _cleaned(given: CredentialInput, notices: list[str]) -> CredentialInput:
    """Return the input without blanks, invisible characters and quotes around it, which nobody means."""
    text, removed = given.text, []
    while text:
        inner = text.strip("".join(_ACCIDENTAL) + "\v\f")
        removed += [_ACCIDENTAL.get(character, "a blank") for character in _around(text, inner)]
        quoted = len(inner) > 1 and _QUOTES.get(inner[0]) == inner[-1]
        if quoted:
            removed.append("quotes")
        elif inner == text:
            break
        text = inner[1:-1] if quoted else inner
    if removed and text:
        what = " and ".join(dict.fromkeys(removed))
        notices.append(f"credentials  removed {what} around {given.subject}")
    return replace(given, text=text)


def _cleaned_text(text: str) -> str:
    return _cleaned(CredentialInput("", "", text), []).text


def _around(text: str, inner: str) -> str:
    start = text.find(inner)
    return text[:start] + text[start + len(inner) :]


def _split(
    project: CredentialInput | None, token: CredentialInput | None, notices: list[str]
) -> tuple[CredentialInput | None, CredentialInput | None]:
    """Take a pair project:token apart, where one input holds both and nothing contradicts it."""
    if project is not None and ":" in project.text:
        first, _, second = project.text.partition(":")
        if token is not None and second.strip() not in {token.text, ""}:
            raise ConfigurationError(
                f"{project.subject} holds a colon and more: give the Project ID alone, without the token"
            )
        notices.append(f"credentials  took {project.subject} as a pair project:token")
        own = replace(project, kind="API token", text=second)
        return _cleaned(replace(project, text=first), notices), token or _cleaned(own, notices)
    if token is not None and ":" in token.text:
        first, _, second = token.text.partition(":")
        if project is None or first.strip() == project.text:
            notices.append(f"credentials  took {token.subject} as a pair project:token")
            own = replace(token, kind="Project ID", text=first)
            return project or _cleaned(own, notices), _cleaned(replace(token, text=second), notices)
        if _UUID.fullmatch(first):
            raise ConfigurationError(
                f"{token.subject} is a pair project:token of another project than {project.subject}; "
                "give both for the same project"
            )
    return project, token


def _missing(given: CredentialInput | None, otherwise: str) -> str:
    if given is None:
        return otherwise
    if given.source in {PROJECT, TOKEN}:
        return f"{given.source} holds no {given.kind}, only blanks or quotes; {otherwise}"
    return f"{given.source} is empty; it has to hold the {given.kind}"


def _check_exchanged(project: CredentialInput, token: CredentialInput) -> None:
    if _UUID.fullmatch(token.text) and _TOKEN.fullmatch(project.text):
        raise ConfigurationError(
            f"{project.subject} looks like an API token, and {token.subject} like a Project ID; exchange them"
        )


def _check_encoded(project: CredentialInput, token: CredentialInput) -> None:
    try:
        decoded = base64.b64decode(token.text, validate=True)
    except (binascii.Error, ValueError):
        return
    if decoded.startswith(f"{project.text}:".encode()):
        raise ConfigurationError(
            f"{token.subject} is the pair project:token in base64; give the token alone, not encoded"
        )


def _check(given: CredentialInput) -> None:
    """Raise ConfigurationError for the first mistake; the value is not repeated."""
    for is_wrong, problem in _MISTAKES:
        if is_wrong(given.text):
            raise ConfigurationError(f"{given.subject} {problem}; give the value alone")
    for character in given.text:
        if not "!" <= character <= "~":
            raise ConfigurationError(f"{given.subject} contains {_named(character)}; give the value alone")


def _named(character: str) -> str:
    if "\udc80" <= character <= "\udcff":
        return "bytes that are not UTF-8"
    name = _ACCIDENTAL.get(character) or unicodedata.name(character, "a control character").lower()
    return f"{name} (U+{ord(character):04X}) inside"


_MISTAKES: Final[tuple[tuple[Callable[[str], Any], str], ...]] = (
    (_SCHEME.match, "begins with the name of an authentication scheme"),
    (_ASSIGNMENT.match, "begins with a variable name and an equals sign"),
    (_PLACEHOLDER.fullmatch, "is a placeholder"),
    (lambda text: text[0] in _ANY_QUOTE, "begins with a quote that is not closed"),
    (lambda text: text[-1] in _ANY_QUOTE, "ends in a quote that was not opened"),
    (lambda text: text.endswith((r"\n", r"\r", r"\t")), "ends in a backslash and a letter"),
)
