"""Secrets are recognised by their value and replaced on the way to any file or screen."""

import json
import urllib.parse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from conformance.credentials import Account, secrets

MARK: Final = "[secret]"


@dataclass(frozen=True)
class Redactor:
    """Replaces an account's secrets in texts: raw, base64, URL-encoded and JSON-escaped."""

    account: Account

    def __call__(self, text: str) -> str:
        """Return the text without any secret."""
        for form in self._forms:
            text = text.replace(form, MARK)
        return text

    @cached_property
    def _forms(self) -> tuple[str, ...]:
        forms = {form for secret in secrets(self.account) for form in _spellings(secret) if form}
        return tuple(sorted(forms, key=len, reverse=True))


def _spellings(secret: str) -> Iterator[str]:
    yield secret
    yield urllib.parse.quote(secret, safe="")
    yield json.dumps(secret)[1:-1]


def redacted(pairs: Iterable[tuple[str, str]], redactor: Redactor) -> tuple[tuple[str, str], ...]:
    """Return headers with their values redacted."""
    return tuple((name, redactor(value)) for name, value in pairs)
