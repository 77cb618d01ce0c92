"""Secrets are recognised by their value and replaced on the way to any file or screen."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from conformance.credentials import Account
from conformance.transport.spellings import Spellings

MARK: Final = "[secret]"  # stands for the token
ENCODED: Final = "[encoded secret]"  # for a part of one, for one in base64, and for any other secret
PROJECT: Final = "[project]"

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
        spans = self._spellings.spans(text)
        if not spans:
            return text
        pieces: list[str] = []
        last = 0
        for span in spans:
            pieces += (text[last : span.start], self._mark(span.secret))
            last = span.end
        return "".join([*pieces, text[last:]])

    @cached_property
    def _spellings(self) -> Spellings:
        project, token = self.account.project, self.account.token
        return Spellings([token, project, *self.others], [f"{project}:{token}", f"{token}:{project}"])

    def _mark(self, secret: str | None) -> str:
        known = {self.account.project: self.marks.project, self.account.token: self.marks.token}
        return known.get(secret or "", self.marks.encoded)


def redacted(pairs: Iterable[tuple[str, str]], redactor: Redaction) -> tuple[tuple[str, str], ...]:
    """Return headers with their names and values redacted."""
    return tuple((redactor(name), redactor(value)) for name, value in pairs)
