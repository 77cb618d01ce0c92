"""Credentials of the API, valid ones and every kind of invalid ones.

Each credential also has the form that it takes in a curl command, where the valid ones are read from two
environment variables: a printed command runs as it is and contains no secret.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

PROJECT_VARIABLE: Final = "SIGNALWIRE_PROJECT_ID"
TOKEN_VARIABLE: Final = "SIGNALWIRE_API_TOKEN"  # noqa: S105 - name of the variable, not a token
SECOND_PROJECT_VARIABLE: Final = "CONFORMANCE_SECOND_PROJECT_ID"  # of the second target of a comparison
SECOND_TOKEN_VARIABLE: Final = "CONFORMANCE_SECOND_API_TOKEN"  # noqa: S105 - name of the variable, not a token
_SCHEME_LABEL: Final = "the scheme "
_UNKNOWN_PROJECT: Final = "0dd0c0de-0000-4000-8000-000000000000"
_UNKNOWN_TOKEN: Final = f"PT{'0dd0c0de' * 6}"  # of the documented form


@dataclass(frozen=True)
class Account:
    """Valid credentials of the target: Project ID and API token."""

    project: str
    token: str

    def __repr__(self) -> str:
        return "Account(…)"


@dataclass(frozen=True)
class Credential:
    """Credentials of a request: how the Authorization header is built, and the equivalent curl option."""

    label: str
    scheme: str | None = "Basic"
    pair: str | None = "{project}:{token}"  # sent as base64
    text: str | None = None  # sent unencoded, instead of the pair
    prefix: str = ""  # precedes the encoded pair without a space
    curl: str = f'-u "${PROJECT_VARIABLE}:${TOKEN_VARIABLE}"'

    def header(self, account: Account) -> str | None:
        """Return the value of the Authorization header, or None to omit it."""
        if self.scheme is None:
            return None
        if self.text is not None:
            return f"{self.scheme} {_fill_template(self.text, account)}".strip()
        if self.pair is None:
            return self.scheme
        pair = _fill_template(self.pair, account).encode()
        return f"{self.scheme} {self.prefix}{base64.b64encode(pair).decode()}".lstrip()


@lru_cache(maxsize=100)
def _fill_template(template: str, account: Account) -> str:
    token = account.token
    substitutions = {
        "project": account.project,
        "token": token,
        "truncated": token[:-1],
        "first_half": token[: len(token) // 2],
        "other_case": token.swapcase(),
        "uppercase": token.upper(),
        "lowercase": token.lower(),
        "other_case_project": account.project.swapcase(),
        "last_changed": f"{token[:-1]}{_other_character(token[-1:])}",
        "project_changed": f"{account.project[:-1]}{_other_character(account.project[-1:])}",
        "first_changed": f"{_other_character(token[:1])}{token[1:]}",
    }
    return template.format(**substitutions)


def _other_character(character: str) -> str:
    """Return a character that differs from this one, as `_other_last` and `_other_first` do in a shell."""
    return "%" if character == "#" else "#"


def _other_last(variable: str) -> str:
    return f"${{{variable}%?}}$(case ${variable} in *\\#) echo %;; *) echo \\#;; esac)"


def _other_first(variable: str) -> str:
    return f"$(case ${variable} in \\#*) echo %;; *) echo \\#;; esac)${{{variable}#?}}"


VALID: Final = Credential("valid credentials")
NO_CREDENTIALS: Final = Credential("no Authorization header", scheme=None, curl="")


def _user(label: str, pair: str, curl: str) -> Credential:
    return Credential(label, pair=pair, curl=f'-u "{curl}"')


def _header(label: str, scheme: str, text: str, curl: str) -> Credential:
    return Credential(label, scheme=scheme, text=text, curl=f'-H "Authorization: {curl}"')


def _with_scheme(scheme: str, label: str) -> Credential:
    encoded = f"$(printf %s \"${PROJECT_VARIABLE}:${TOKEN_VARIABLE}\" | base64 | tr -d '\\n')"
    return Credential(label, scheme=scheme, curl=f'-H "Authorization: {scheme} {encoded}"')


_SWAPCASE = "tr 'a-zA-Z' 'A-Za-z'"

WRONG_PROJECT: Final = _user(
    "another project", f"{_UNKNOWN_PROJECT}:{{token}}", f"{_UNKNOWN_PROJECT}:${TOKEN_VARIABLE}"
)
WRONG_TOKEN: Final = _user("another token", "{project}:PTwrong", f"${PROJECT_VARIABLE}:PTwrong")
WRONG_LAST_CHARACTER: Final = _user(
    "a token with another last character",
    "{project}:{last_changed}",
    f"${PROJECT_VARIABLE}:{_other_last(TOKEN_VARIABLE)}",
)
WRONG_FIRST_CHARACTER: Final = _user(
    "a token with another first character",
    "{project}:{first_changed}",
    f"${PROJECT_VARIABLE}:{_other_first(TOKEN_VARIABLE)}",
)
TRUNCATED: Final = _user(
    "the token without its last character",
    "{project}:{truncated}",
    f"${PROJECT_VARIABLE}:${{{TOKEN_VARIABLE}%?}}",
)
HALF: Final = _user(
    "the first half of the token",
    "{project}:{first_half}",
    f'${PROJECT_VARIABLE}:$(printf %s "${TOKEN_VARIABLE}" | '
    f"cut -c1-$((${{#{TOKEN_VARIABLE}}} / 2)) 2>/dev/null)",  # cut rejects the half of a single character
)
EXTENDED: Final = _user(
    "the token and one more character", "{project}:{token}x", f"${PROJECT_VARIABLE}:${{{TOKEN_VARIABLE}}}x"
)
SWAPPED_CASE: Final = _user(
    "the token with its case swapped",
    "{project}:{other_case}",
    f'${PROJECT_VARIABLE}:$(printf %s "${TOKEN_VARIABLE}" | {_SWAPCASE})',
)
UPPERCASE: Final = _user(
    "the token in uppercase",
    "{project}:{uppercase}",
    f"${PROJECT_VARIABLE}:$(printf %s \"${TOKEN_VARIABLE}\" | tr 'a-z' 'A-Z')",
)
LOWERCASE: Final = _user(
    "the token in lowercase",
    "{project}:{lowercase}",
    f"${PROJECT_VARIABLE}:$(printf %s \"${TOKEN_VARIABLE}\" | tr 'A-Z' 'a-z')",
)
SWAPPED_CASE_PROJECT: Final = _user(
    "the Project ID with its case swapped",
    "{other_case_project}:{token}",
    f'$(printf %s "${PROJECT_VARIABLE}" | {_SWAPCASE}):${TOKEN_VARIABLE}',
)
EXTENDED_PROJECT: Final = _user(
    "the Project ID and one more character",
    "{project}x:{token}",
    f"${{{PROJECT_VARIABLE}}}x:${TOKEN_VARIABLE}",
)
OTHER_END: Final = _user(
    "a Project ID with another last character",
    "{project_changed}:{token}",
    f"{_other_last(PROJECT_VARIABLE)}:${TOKEN_VARIABLE}",
)
TOKEN_AS_PROJECT: Final = _user(
    "another token as the username", f"{_UNKNOWN_TOKEN}:{{token}}", f"{_UNKNOWN_TOKEN}:${TOKEN_VARIABLE}"
)
PROJECT_TWICE: Final = _user(
    "the Project ID for both", "{project}:{project}", f"${PROJECT_VARIABLE}:${PROJECT_VARIABLE}"
)
TOKEN_TWICE: Final = _user("the token for both", "{token}:{token}", f"${TOKEN_VARIABLE}:${TOKEN_VARIABLE}")
TRAILING_COLON: Final = _user(
    "the token, a colon and more", "{project}:{token}:x", f"${PROJECT_VARIABLE}:${{{TOKEN_VARIABLE}}}:x"
)
TRAILING_SPACE: Final = _user(
    "the token and a space", "{project}:{token} ", f"${PROJECT_VARIABLE}:${{{TOKEN_VARIABLE}}} "
)
EMPTY_TOKEN: Final = _user("an empty token", "{project}:", f"${PROJECT_VARIABLE}:")
EMPTY_PROJECT: Final = _user("an empty Project ID", ":{token}", f":${TOKEN_VARIABLE}")
EMPTY_PAIR: Final = _user("a colon alone", ":", ":")
SWAPPED: Final = _user(
    "Project ID and token swapped", "{token}:{project}", f"${TOKEN_VARIABLE}:${PROJECT_VARIABLE}"
)
NO_COLON: Final = Credential(
    "the Project ID alone",
    pair="{project}",
    curl=f'-H "Authorization: Basic $(printf %s "${PROJECT_VARIABLE}" | base64)"',
)
NOT_ENCODED: Final = _header(
    "credentials without base64", "Basic", "{project}:{token}", f"Basic ${PROJECT_VARIABLE}:${TOKEN_VARIABLE}"
)
NOT_BASE64: Final = _header("text that is not base64", "Basic", "%%%", "Basic %%%")
COLON_NOT_ENCODED: Final = _header("a colon without base64", "Basic", ":", "Basic :")
SCHEME_ONLY: Final = Credential("the scheme Basic alone", pair=None, curl='-H "Authorization: Basic"')
BEARER: Final = _header("the token as Bearer", "Bearer", "{token}", f"Bearer ${TOKEN_VARIABLE}")
BEARER_PAIR: Final = _with_scheme("Bearer", "valid credentials as Bearer")
DIGEST: Final = _header("the scheme Digest", "Digest", "username=x", "Digest username=x")
EMPTY_HEADER: Final = Credential(
    "an empty Authorization header",
    scheme="",
    text="",
    curl='-H "Authorization;"',  # the form in which curl sends a header without a value
)
UNKNOWN_SCHEME: Final = _header("an unknown scheme", "Foo", "bar", "Foo bar")
TOKEN_SCHEME: Final = _with_scheme("Token", "valid credentials with another scheme")
NO_SCHEME: Final = Credential(
    "valid credentials without the scheme Basic",
    scheme="",
    curl=f'-H "Authorization: $(printf %s "${PROJECT_VARIABLE}:${TOKEN_VARIABLE}" | base64 | tr -d \'\\n\')"',
)
NO_SPACE: Final = Credential(
    "the scheme Basic and valid credentials without a space between them",
    scheme="",
    prefix="Basic",
    curl=(
        f'-H "Authorization: Basic$(printf %s "${PROJECT_VARIABLE}:${TOKEN_VARIABLE}" '
        "| base64 | tr -d '\\n')\""
    ),
)
BARE_TOKEN: Final = _header("the token alone", "", "{token}", f"${TOKEN_VARIABLE}")


_BY_LABEL: Final = {
    credential.label: credential
    for credential in list(globals().values())
    if isinstance(credential, Credential)
}


def credential_with_label(label: str) -> Credential:
    """Return the credential with a label; raise KeyError if there is none."""
    credential = _BY_LABEL.get(label) or with_scheme_spelling(label.removeprefix(_SCHEME_LABEL))
    if credential.label != label:
        raise KeyError(label)
    return credential


def with_scheme_spelling(scheme: str) -> Credential:
    """Return the valid credentials with the scheme Basic written as given, such as BASIC."""
    return _with_scheme(scheme, f"{_SCHEME_LABEL}{scheme}")


def base64_secrets(account: Account) -> Iterator[str]:
    """Yield the account's secrets in the base64 forms that requests contain, valid credentials first."""
    pair = f"{account.project}:{account.token}"
    swapped = f"{account.token}:{account.project}"
    yield from (base64.b64encode(text.encode()).decode() for text in (pair, swapped, account.token))
