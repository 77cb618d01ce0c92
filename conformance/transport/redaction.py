"""Secrets are recognised by their value and replaced on the way to any file or screen."""

import json
import urllib.parse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from conformance.credentials import Account, encodings

MARK: Final = "[secret]"  # stands for the token
ENCODED: Final = "[encoded secret]"  # for the token or the pair in another spelling
PROJECT: Final = "[project]"
_SHORTEST: Final = 6  # characters; anything shorter hides nothing, and stands everywhere


@dataclass(frozen=True)
class Redactor:
    """Replaces an account's project and token in texts: raw, base64, URL-encoded and JSON-escaped."""

    account: Account

    def __call__(self, text: str) -> str:
        """Return the text without any secret."""
        for form, mark in self._marks:
            text = text.replace(form, mark)
        return text

    @cached_property
    def _marks(self) -> tuple[tuple[str, str], ...]:
        """Return what is replaced by what, the longest first."""
        marks: dict[str, str] = {}
        for secret in encodings(self.account):
            marks.update(dict.fromkeys(_spellings(secret), ENCODED))
        marks.update(dict.fromkeys(_spellings(self.account.token), ENCODED))
        for project in (self.account.project, self.account.project.lower(), self.account.project.upper()):
            marks.update(dict.fromkeys(_spellings(project), PROJECT))
        marks[self.account.token] = MARK
        kept = ((form, mark) for form, mark in marks.items() if len(form) >= _SHORTEST)
        return tuple(sorted(kept, key=lambda pair: len(pair[0]), reverse=True))


def restored(text: str, account: Account) -> str:
    """Return a text with the secrets of an account where those of another were taken out."""
    encoding = next(encodings(account))
    return text.replace(MARK, account.token).replace(PROJECT, account.project).replace(ENCODED, encoding)


def _spellings(secret: str) -> Iterator[str]:
    yield secret
    yield urllib.parse.quote(secret, safe="")
    yield json.dumps(secret)[1:-1]


def redacted(pairs: Iterable[tuple[str, str]], redactor: Redactor) -> tuple[tuple[str, str], ...]:
    """Return headers with their values redacted."""
    return tuple((name, redactor(value)) for name, value in pairs)
