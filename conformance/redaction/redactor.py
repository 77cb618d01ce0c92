"""Secrets are recognised by their value and replaced on the way to any file or screen."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from conformance.config.credentials_input import known_accounts
from conformance.http.credentials import Account
from conformance.redaction.secret_matcher import Span, Spellings

MARK: Final = "[secret]"  # stands for the token
ENCODED: Final = "[encoded secret]"  # for a part of one, for one in base64, and for any other secret
PROJECT: Final = "[project]"
_NUMBERS: Final = re.compile(
    r"-?[0-9]{1,3}(?:(?:\s*[,;]\s*(?:[\"'][0-9]+[\"']\s*:\s*)?|\s+)-?[0-9]{1,3}){5,}"
)  # byte values, with or without keys
_NUMBER: Final = re.compile(r"(?<![\"'0-9])-?[0-9]{1,3}(?![\"'0-9])")
_CHARACTERS: Final = re.compile(r"[A-Za-z0-9](?:[^A-Za-z0-9]+[A-Za-z0-9]){11,}")
_CHARACTER: Final = re.compile(r"[A-Za-z0-9]")

Redaction = Callable[[str], str]  # returns a text without any secret


@dataclass(frozen=True)
class Marks:
    """What is put in the place of a secret."""

    token: str = MARK
    project: str = PROJECT
    encoded: str = ENCODED


@dataclass(frozen=True)
class Redactor:
    """Replaces an account's project and token, and other secrets, however a text spells them."""

    account: Account
    others: tuple[str, ...] = ()
    marks: Marks = Marks()

    def __call__(self, text: str) -> str:
        """Return the text without any secret, or 12 characters of one."""
        return self._replaced(text, self._spellings.spans(text))

    def composed(self, text: str) -> str:
        """Return a text that the suite itself composed, which holds no secret in an encoding."""
        return self._replaced(text, self._spellings.unencoded_spans(text))

    def _replaced(self, text: str, spans: Sequence[Span]) -> str:
        if not spans:
            return text
        pieces: list[str] = []
        last = 0
        for span in spans:
            mark = self._mark(span.secret) if span.secret else self._encoded(text[span.start : span.end])
            pieces += (text[last : span.start], mark)
            last = span.end
        return "".join([*pieces, text[last:]])

    @cached_property
    def _spellings(self) -> Spellings:
        project, token = self.account.project, self.account.token
        return Spellings([token, project, *self.others], [f"{project}:{token}", f"{token}:{project}"])

    def _mark(self, secret: str) -> str:
        known = {self.account.project: self.marks.project, self.account.token: self.marks.token}
        return known.get(secret, self.marks.encoded)

    def _encoded(self, text: str) -> str:
        """Return what takes the place of an encoded secret; a list stays one, as JSON may consist of it."""
        if _NUMBERS.fullmatch(text):
            return _NUMBER.sub("0", text)
        return _CHARACTER.sub("x", text) if _CHARACTERS.fullmatch(text) else self.marks.encoded


def redacted(pairs: Iterable[tuple[str, str]], redactor: Redaction) -> tuple[tuple[str, str], ...]:
    """Return headers with their names and values redacted."""
    return tuple((redactor(name), redactor(value)) for name, value in pairs)


def redact_environment_credentials(text: str) -> str:
    """Return a message without the credentials of the environment, wherever the user typed them."""
    for account in known_accounts({}):
        text = Redactor(account)(text)
    return text
