"""Redaction of secrets in text, by their value."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from conformance.config.credentials_input import known_accounts
from conformance.http.credentials import Account
from conformance.redaction.secret_matcher import SecretMatcher, Span

TOKEN_MARK: Final = "[secret]"  # noqa: S105 - a mark in place of the token, not a token
ENCODED_MARK: Final = (
    "[encoded secret]"  # replaces a part of a secret, an encoded secret, and any other secret
)
PROJECT_MARK: Final = "[project]"
_NUMBERS: Final = re.compile(
    r"-?[0-9]{1,3}(?:(?:\s*[,;]\s*(?:[\"'][0-9]+[\"']\s*:\s*)?|\s+)-?[0-9]{1,3}){5,}"
)  # lists of byte values, with or without keys
_NUMBER: Final = re.compile(r"(?<![\"'0-9])-?[0-9]{1,3}(?![\"'0-9])")
_CHARACTERS: Final = re.compile(r"[A-Za-z0-9](?:[^A-Za-z0-9]+[A-Za-z0-9]){11,}")
_CHARACTER: Final = re.compile(r"[A-Za-z0-9]")

RedactFunction = Callable[[str], str]  # returns the text without secrets


@dataclass(frozen=True)
class Marks:
    """The marks that replace secrets."""

    token: str = TOKEN_MARK
    project: str = PROJECT_MARK
    encoded: str = ENCODED_MARK


@dataclass(frozen=True)
class Redactor:
    """Replaces an account's project and token, and other secrets, in any encoding."""

    account: Account
    other_secrets: tuple[str, ...] = ()
    marks: Marks = Marks()

    def __call__(self, text: str) -> str:
        """Return the text without any secret, or 12 characters of one."""
        return self._replace_spans(text, self._matcher.spans(text))

    def redact_composed(self, text: str) -> str:
        """Return a text composed by the suite, in which secrets are not encoded, without any secret."""
        return self._replace_spans(text, self._matcher.unencoded_spans(text))

    def _replace_spans(self, text: str, spans: Sequence[Span]) -> str:
        if not spans:
            return text
        pieces: list[str] = []
        last = 0
        for span in spans:
            mark = self._mark(span.secret) if span.secret else self._encoded_mark(text[span.start : span.end])
            pieces += (text[last : span.start], mark)
            last = span.end
        return "".join([*pieces, text[last:]])

    @cached_property
    def _matcher(self) -> SecretMatcher:
        return _matcher(self.account, self.other_secrets)

    def _mark(self, secret: str) -> str:
        marks = {self.account.project: self.marks.project, self.account.token: self.marks.token}
        return marks.get(secret, self.marks.encoded)

    def _encoded_mark(self, text: str) -> str:
        """Return the replacement of an encoded secret; a list remains a list, as it may be part of JSON."""
        if _NUMBERS.fullmatch(text):
            return _NUMBER.sub("0", text)
        return _CHARACTER.sub("x", text) if _CHARACTERS.fullmatch(text) else self.marks.encoded


@lru_cache(maxsize=4)
def _matcher(account: Account, other_secrets: tuple[str, ...]) -> SecretMatcher:
    """Return the matcher of these secrets; it takes milliseconds to prepare, and several redactors use it."""
    project, token = account.project, account.token
    return SecretMatcher([token, project, *other_secrets], [f"{project}:{token}", f"{token}:{project}"])


def redact_headers(pairs: Iterable[tuple[str, str]], redactor: RedactFunction) -> tuple[tuple[str, str], ...]:
    """Return the headers with their names and values redacted."""
    return tuple((redactor(name), redactor(value)) for name, value in pairs)


def redact_environment_credentials(text: str) -> str:
    """Return a message without the credentials in the environment, wherever the user entered them."""
    for account in known_accounts({}):
        text = Redactor(account)(text)
    return text
