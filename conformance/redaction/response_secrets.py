"""Masking of the secrets in documented response members: replaced by lookalikes.

Covered are the token of a conference, the stream key in the URL of a stream, and the query of a signed URL.
Equal secrets have equal lookalikes and different secrets different ones, so comparisons still hold.
"""

import re
from typing import Final

from conformance.redaction.secret_lookalikes import lookalike

_TYPE_PREFIX: Final = re.compile(r"[a-z]{1,5}_")  # identifies the type of a token
_TOKEN: Final = re.compile(
    r'("(?:[a-z_]*_)?(?:token|secret|password|jwt|api_?key|stream_?key)"\s*:\s*")([A-Za-z0-9_.~+/=-]{16,4096})(?=")',
    re.IGNORECASE,
)
_PAGE_MEMBER: Final = '"page_token"'
_STREAM: Final = re.compile(r'rtmps?:\\?/\\?/[^"\s/\\]{1,255}+\\?/', re.IGNORECASE)  # precedes the key
_KEY_END: Final = re.compile(r'["\s]')
_MAX_KEY_LENGTH: Final = 4096
_SIGNED: Final = re.compile(r'("preview_url"\s*:\s*"[^"?]{1,4096}\?)([^"]{1,4096})(?=")')


def mask_response_secrets(text: str) -> str:
    """Return the text of a response with lookalikes in place of the secrets in documented members."""
    text = _TOKEN.sub(_mask_match, text) if '"' in text else text
    text = _mask_stream_keys(text) if "rtmp" in text else text
    return _SIGNED.sub(_mask_match, text) if "preview_url" in text else text


def _mask_stream_keys(text: str) -> str:
    """Return the text with lookalikes in place of the keys in stream URLs.

    A single pattern for URL and key would scan to the end of the key for each URL within it.
    """
    pieces: list[str] = []
    last = at = end = 0
    while (stream_url := _STREAM.search(text, at)) is not None:
        key = stream_url.end()
        if end <= key:
            key_end = _KEY_END.search(text, key)
            end = key_end.start() if key_end else len(text)
        if text[end : end + 1] != '"' or key == end:
            at = max(end, key)
        elif end - key > _MAX_KEY_LENGTH:
            at = stream_url.start() + 1
        else:
            pieces += (text[last:key], _masked_secret(text[key:end]))
            last = at = end
    return "".join([*pieces, text[last:]])


def _mask_match(match: re.Match[str]) -> str:
    before, secret = match.groups()
    return match[0] if before.startswith(_PAGE_MEMBER) else f"{before}{_masked_secret(secret)}"


def _masked_secret(secret: str) -> str:
    """Return a lookalike of a secret that keeps the prefix of its type."""
    type_prefix = _TYPE_PREFIX.match(secret)
    start = type_prefix.end() if type_prefix else 0
    return f"{secret[:start]}{lookalike(secret[start:])}"
