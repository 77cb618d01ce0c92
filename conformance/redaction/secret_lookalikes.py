"""Lookalikes: strings that replace secrets and have the same shape.

Equal secrets have equal lookalikes and different secrets different ones, so comparisons of values still hold.
"""

import re
import secrets
import string
from functools import lru_cache
from hashlib import blake2b
from typing import Final

_ALPHABETS: Final = (string.digits, "abcdef", string.ascii_lowercase, string.ascii_uppercase)
_SALT: Final = secrets.token_bytes(16)  # prevents finding a secret by trying values
_ESCAPES: Final = re.compile(r"(%[0-9A-Fa-f]{2})")


@lru_cache(maxsize=1000)
def lookalike(secret: str) -> str:
    """Return a string of the same shape: digits for digits and letters for letters."""
    hexadecimal = all(character in string.hexdigits.lower() for character in secret)
    digest = blake2b(secret.encode("utf-8", "surrogatepass"), key=_SALT).digest()
    return "".join(
        _replacement(character, digest[at % len(digest)] + at, hexadecimal=hexadecimal)
        for at, character in enumerate(secret)
    )


@lru_cache(maxsize=1000)
def lookalike_in_url(secret: str) -> str:
    """Return a lookalike of a part of a URL, with its percent-encoded characters unchanged."""
    return "".join(part if _ESCAPES.fullmatch(part) else lookalike(part) for part in _ESCAPES.split(secret))


def _replacement(character: str, number: int, *, hexadecimal: bool) -> str:
    for alphabet in _ALPHABETS:
        if character in alphabet and (alphabet != "abcdef" or hexadecimal):
            return alphabet[number % len(alphabet)]
    return character
