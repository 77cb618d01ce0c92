"""Credentials as the API asks for them, and every way of getting them wrong.

Each knows how to write itself for a shell in which the good ones stand in two environment variables,
so that a reproduction runs as printed and holds no secret.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

PROJECT: Final = "SIGNALWIRE_PROJECT_ID"
TOKEN: Final = "SIGNALWIRE_API_TOKEN"  # noqa: S105 - names the variable, holds no token
_WORD: Final = "the word "
_UNKNOWN_PROJECT: Final = "0dd0c0de-0000-4000-8000-000000000000"
_UNKNOWN_TOKEN: Final = f"PT{'0dd0c0de' * 6}"  # of the documented form


@dataclass(frozen=True)
class Account:
    """The project and token that open the target."""

    project: str
    token: str

    def __repr__(self) -> str:
        return "Account(…)"


@dataclass(frozen=True)
class Credential:
    """What a request shows to be let in; `curl` is how curl shows the same."""

    label: str
    scheme: str | None = "Basic"
    pair: str | None = "{project}:{token}"  # sent as base64
    text: str | None = None  # sent as it is, in place of the pair
    glued: str = ""  # sent right before the pair
    curl: str = f'-u "${PROJECT}:${TOKEN}"'

    def header(self, account: Account) -> str | None:
        """Return the value of the Authorization header, None to leave it out."""
        if self.scheme is None:
            return None
        if self.text is not None:
            return f"{self.scheme} {_filled(self.text, account)}".strip()
        if self.pair is None:
            return self.scheme
        pair = _filled(self.pair, account).encode()
        return f"{self.scheme} {self.glued}{base64.b64encode(pair).decode()}".lstrip()


@lru_cache(maxsize=100)
def _filled(template: str, account: Account) -> str:
    token = account.token
    parts = {
        "project": account.project,
        "token": token,
        "truncated": token[:-1],
        "first_half": token[: len(token) // 2],
        "other_case": token.swapcase(),
        "capitals": token.upper(),
        "small_letters": token.lower(),
        "other_case_project": account.project.swapcase(),
        "last_changed": f"{token[:-1]}#",
        "project_changed": f"{account.project[:-1]}#",
        "first_changed": f"#{token[1:]}",
    }
    return template.format(**parts)


GOOD: Final = Credential("good credentials")
NONE: Final = Credential("no Authorization header", scheme=None, curl="")


def _user(label: str, pair: str, curl: str) -> Credential:
    return Credential(label, pair=pair, curl=f'-u "{curl}"')


def _header(label: str, scheme: str, text: str, curl: str) -> Credential:
    return Credential(label, scheme=scheme, text=text, curl=f'-H "Authorization: {curl}"')


def _under(scheme: str, label: str) -> Credential:
    encoded = f"$(printf %s \"${PROJECT}:${TOKEN}\" | base64 | tr -d '\\n')"
    return Credential(label, scheme=scheme, curl=f'-H "Authorization: {scheme} {encoded}"')


_SWAPCASE = "tr 'a-zA-Z' 'A-Za-z'"

WRONG_PROJECT: Final = _user(
    "another project", f"{_UNKNOWN_PROJECT}:{{token}}", f"{_UNKNOWN_PROJECT}:${TOKEN}"
)
WRONG_TOKEN: Final = _user("another token", "{project}:PTwrong", f"${PROJECT}:PTwrong")
SAME_LENGTH: Final = _user(
    "a token with another last character", "{project}:{last_changed}", f"${PROJECT}:${{{TOKEN}%?}}#"
)
OTHER_START: Final = _user(
    "a token with another first character", "{project}:{first_changed}", f"${PROJECT}:#${{{TOKEN}#?}}"
)
TRUNCATED: Final = _user(
    "the token without its last character", "{project}:{truncated}", f"${PROJECT}:${{{TOKEN}%?}}"
)
HALF: Final = _user(
    "the first half of the token",
    "{project}:{first_half}",
    f"${PROJECT}:${{{TOKEN}:0:$((${{#{TOKEN}}} / 2))}}",
)
EXTENDED: Final = _user("the token and one more character", "{project}:{token}x", f"${PROJECT}:${{{TOKEN}}}x")
OTHER_CASE: Final = _user(
    "the token in the other letter case",
    "{project}:{other_case}",
    f'${PROJECT}:$(printf %s "${TOKEN}" | {_SWAPCASE})',
)
CAPITALS: Final = _user(
    "the token in capital letters",
    "{project}:{capitals}",
    f"${PROJECT}:$(printf %s \"${TOKEN}\" | tr 'a-z' 'A-Z')",
)
SMALL_LETTERS: Final = _user(
    "the token in small letters",
    "{project}:{small_letters}",
    f"${PROJECT}:$(printf %s \"${TOKEN}\" | tr 'A-Z' 'a-z')",
)
OTHER_CASE_PROJECT: Final = _user(
    "the Project ID in the other letter case",
    "{other_case_project}:{token}",
    f'$(printf %s "${PROJECT}" | {_SWAPCASE}):${TOKEN}',
)
EXTENDED_PROJECT: Final = _user(
    "the Project ID and one more character", "{project}x:{token}", f"${{{PROJECT}}}x:${TOKEN}"
)
OTHER_END: Final = _user(
    "a Project ID with another last character", "{project_changed}:{token}", f"${{{PROJECT}%?}}#:${TOKEN}"
)
TOKEN_AS_PROJECT: Final = _user(
    "another token as the username", f"{_UNKNOWN_TOKEN}:{{token}}", f"{_UNKNOWN_TOKEN}:${TOKEN}"
)
PROJECT_TWICE: Final = _user("the Project ID for both", "{project}:{project}", f"${PROJECT}:${PROJECT}")
TOKEN_TWICE: Final = _user("the token for both", "{token}:{token}", f"${TOKEN}:${TOKEN}")
COLON_AFTER: Final = _user("the token, a colon and more", "{project}:{token}:x", f"${PROJECT}:${{{TOKEN}}}:x")
BLANK_AFTER: Final = _user("the token and a blank", "{project}:{token} ", f"${PROJECT}:${{{TOKEN}}} ")
EMPTY_TOKEN: Final = _user("an empty token", "{project}:", f"${PROJECT}:")
EMPTY_PROJECT: Final = _user("an empty Project ID", ":{token}", f":${TOKEN}")
EMPTY_PAIR: Final = _user("a lone colon", ":", ":")
SWAPPED: Final = _user("Project ID and token exchanged", "{token}:{project}", f"${TOKEN}:${PROJECT}")
NO_COLON: Final = Credential(
    "the Project ID alone",
    pair="{project}",
    curl=f'-H "Authorization: Basic $(printf %s "${PROJECT}" | base64)"',
)
NOT_ENCODED: Final = _header(
    "the pair without base64", "Basic", "{project}:{token}", f"Basic ${PROJECT}:${TOKEN}"
)
NOT_BASE64: Final = _header("text that is no base64", "Basic", "%%%", "Basic %%%")
COLON_NOT_ENCODED: Final = _header("a colon without base64", "Basic", ":", "Basic :")
EMPTY: Final = Credential("the word Basic alone", pair=None, curl='-H "Authorization: Basic"')
BEARER: Final = _header("the token as Bearer", "Bearer", "{token}", f"Bearer ${TOKEN}")
BEARER_PAIR: Final = _under("Bearer", "the good pair as Bearer")
UNKNOWN_SCHEME: Final = _header("an unknown scheme", "Foo", "bar", "Foo bar")
TOKEN_SCHEME: Final = _under("Token", "the good pair under another scheme")
NO_SCHEME: Final = Credential(
    "the good pair without the word Basic",
    scheme="",
    curl=f'-H "Authorization: $(printf %s "${PROJECT}:${TOKEN}" | base64 | tr -d \'\\n\')"',
)
NO_BLANK: Final = Credential(
    "the word Basic and the good pair without a blank between them",
    scheme="",
    glued="Basic",
    curl=f'-H "Authorization: Basic$(printf %s "${PROJECT}:${TOKEN}" | base64 | tr -d \'\\n\')"',
)
BARE_TOKEN: Final = _header("the token alone", "", "{token}", f"${TOKEN}")


_KNOWN: Final = {each.label: each for each in list(globals().values()) if isinstance(each, Credential)}


def labelled(label: str) -> Credential:
    """Return the credential that has a label; raise KeyError where none has."""
    known = _KNOWN.get(label) or basic_in(label.removeprefix(_WORD))
    if known.label != label:
        raise KeyError(label)
    return known


def basic_in(scheme: str) -> Credential:
    """Return the good credentials under another spelling of the word Basic."""
    return _under(scheme, f"{_WORD}{scheme}")


def encodings(account: Account) -> Iterator[str]:
    """Yield the account's secrets as requests carry them in base64, the pair first."""
    pair = f"{account.project}:{account.token}"
    swapped = f"{account.token}:{account.project}"
    yield from (base64.b64encode(text.encode()).decode() for text in (pair, swapped, account.token))
