"""Lookalikes: texts that take the place of secrets and have their shape.

Equal secrets have equal lookalikes and different ones different, so that values which are compared with each
other still compare.
"""

import re
import secrets
import string
from functools import lru_cache
from hashlib import blake2b
from typing import Final

_ALPHABETS: Final = (string.digits, "abcdef", string.ascii_lowercase, string.ascii_uppercase)
_SALT: Final = secrets.token_bytes(16)  # so that nobody can find a secret by trying values
_ESCAPES: Final = re.compile(r"(%[0-9A-Fa-f]{2})")


@lru_cache(maxsize=1000)
def lookalike(secret: str) -> str:
    """Return another text of the same shape: digits for digits, letters for letters, the rest as it is."""
    hexadecimal = all(each in string.hexdigits.lower() for each in secret)
    drawn = blake2b(secret.encode("utf-8", "surrogatepass"), key=_SALT).digest()
    return "".join(
        _other(each, drawn[at % len(drawn)] + at, hexadecimal=hexadecimal) for at, each in enumerate(secret)
    )


@lru_cache(maxsize=1000)
def lookalike_in_url(secret: str) -> str:
    """Return a lookalike of a part of a URL, whose percent-encoded characters stay as they are."""
    return "".join(each if _ESCAPES.fullmatch(each) else lookalike(each) for each in _ESCAPES.split(secret))


def _other(letter: str, drawn: int, *, hexadecimal: bool) -> str:
    for alphabet in _ALPHABETS:
        if letter in alphabet and (alphabet != "abcdef" or hexadecimal):
            return alphabet[drawn % len(alphabet)]
    return letter
