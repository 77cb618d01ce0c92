"""Secrets that the target itself gives away in its answers: replaced by others of the same shape.

They are known by the member that holds them: the token of a conference, the address of a stream with its
key, the query of an address that is signed. Equal ones stay equal and different ones different, so that
what is compared with each other still compares.
"""

import re
from typing import Final

from conformance.redaction.secret_lookalikes import lookalike

_KEPT: Final = re.compile(r"[a-z]{1,5}_")  # says what kind of token it is
_TOKEN: Final = re.compile(
    r'("(?:[a-z_]*_)?(?:token|secret|password|jwt|api_?key|stream_?key)"\s*:\s*")([A-Za-z0-9_.~+/=-]{16,4096})(?=")',
    re.IGNORECASE,
)
_PAGES: Final = '"page_token"'
_STREAM: Final = re.compile(r'rtmps?:\\?/\\?/[^"\s/\\]{1,255}+\\?/', re.IGNORECASE)  # before its key
_END: Final = re.compile(r'["\s]')  # of a key
_LONGEST_KEY: Final = 4096
_SIGNED: Final = re.compile(r'("preview_url"\s*:\s*"[^"?]{1,4096}\?)([^"]{1,4096})(?=")')


def without_returned_secrets(text: str) -> str:
    """Return the text of an answer with others in the place of the secrets that it gives away."""
    text = _TOKEN.sub(_replaced, text) if '"' in text else text
    text = _without_stream_keys(text) if "rtmp" in text else text
    return _SIGNED.sub(_replaced, text) if "preview_url" in text else text


def _without_stream_keys(text: str) -> str:
    """Return the text with other keys in the addresses of streams.

    One pattern for address and key would read on to the end of the key for each address within it.
    """
    pieces: list[str] = []
    last = at = end = 0
    while (address := _STREAM.search(text, at)) is not None:
        key = address.end()
        if end <= key:
            found = _END.search(text, key)
            end = found.start() if found else len(text)
        if text[end : end + 1] != '"' or key == end:
            at = max(end, key)
        elif end - key > _LONGEST_KEY:
            at = address.start() + 1
        else:
            pieces += (text[last:key], _other_secret(text[key:end]))
            last = at = end
    return "".join([*pieces, text[last:]])


def _replaced(match: re.Match[str]) -> str:
    before, secret = match.groups()
    return match[0] if before.startswith(_PAGES) else f"{before}{_other_secret(secret)}"


def _other_secret(secret: str) -> str:
    """Return another secret of the same kind and shape."""
    kind = _KEPT.match(secret)
    start = kind.end() if kind else 0
    return f"{secret[:start]}{lookalike(secret[start:])}"
