"""Masking of secrets that the target issues: replaced by lookalikes.

Secrets are recognized by the header or member that holds them, and by their shape: JSON Web Tokens,
credentials after the name of a scheme, private keys, passwords and signatures in URLs. Page tokens and ids
are not masked, as checks compare them, and neither is text with spaces in it, such as an error message.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from conformance.redaction.secret_lookalikes import lookalike, lookalike_in_url

_NAMES: Final = (
    r"token|secret|passw(?:or)?d|pwd|passphrase|jwt|credential|signature|cookie|bearer|authorization"
    r"|(?:api|private|secret|access|stream|signing|encryption|auth|master|shared|session)[-_]?key"
)
_WORDS: Final = ("token", "secret", "pass", "pwd", "jwt", "credential", "signature", "cookie", "key")
_SCHEMES: Final = ("basic", "bearer", "authorization")
_ESCAPE: Final = r"\\{1,8}(?:u[0-9A-Fa-f]{4}|/)"
_CHARACTER: Final = re.compile(rf"{_ESCAPE}|.", re.DOTALL)
_VALUE: Final = rf'(?:[^"\\\s]|{_ESCAPE}){{8,8192}}'
_MEMBER: Final = re.compile(
    rf'(?P<before>"(?P<name>[A-Za-z0-9_.$-]{{0,64}}?(?:{_NAMES})s?)\\{{0,8}}"\s{{0,80}}:\s{{0,80}}\\{{0,8}}")'
    rf'(?P<value>{_VALUE})(?=\\{{0,8}}")',
    re.IGNORECASE,
)
_LIST: Final = re.compile(
    rf'("[A-Za-z0-9_.$-]{{0,64}}?(?:{_NAMES})s\\{{0,8}}"\s{{0,80}}:\s{{0,80}}\[)([^\[\]{{}}]{{8,8192}})(?=\])',
    re.IGNORECASE,
)
_STRING: Final = re.compile(rf'(")({_VALUE})(?=\\{{0,8}}")')
_ELEMENT: Final = re.compile(
    rf"(<(?P<name>[A-Za-z0-9_.:-]{{0,64}}?(?:{_NAMES}))>)([^<\s]{{8,8192}})(?=</)", re.IGNORECASE
)
_PAGE_TOKEN: Final = re.compile(
    r"(?:page|next|prev|previous|continuation|cursor|sync)[-_]?token$", re.IGNORECASE
)
_WORD: Final = re.compile(r"[a-z]+(?:[_-][a-z]+)*")  # a code such as "expired", not a secret
_MAX_WORD_LENGTH: Final = 24
_USER_CHOSEN: Final = re.compile(r"pass|pwd|secret", re.IGNORECASE)  # users may choose words for these
_HEADER: Final = re.compile(rf"authentication-info|(?:.*[-_])?(?:{_NAMES})s?", re.IGNORECASE)
_COOKIE: Final = re.compile(r"([^=;]{0,256}=)([^;]+)")
_AFTER_SCHEME: Final = re.compile(r"^((?:[A-Za-z][A-Za-z0-9-]{0,31} +)?)(.+)$", re.DOTALL)
_JWT: Final = re.compile(r"(?<![A-Za-z0-9_-])(eyJ[A-Za-z0-9_-]{8,})((?:\.[A-Za-z0-9_-]*){2,4})")
_CREDENTIALS: Final = re.compile(
    r"(\b(?i:Bearer|Basic)(?: |%20|\+){1,8})"
    r"(?=[A-Za-z._~+/-]{0,200}(?:[0-9]|[a-z][A-Z]))([A-Za-z0-9._~+/=-]{8,8192})"
)  # and not "Basic authentication"
_PARAMETER: Final = re.compile(
    r"((?:(?<![A-Za-z0-9_.%-])|(?<=\\u0026)|(?<=%26)|(?<=%3F))(?:[A-Za-z0-9]{1,16}-){0,3}"
    r"(?:signature|sig|(?:security|session|access|auth|id|refresh|api|csrf)[-_]?token|token|credential|auth"
    r"|(?:api|access|secret|private)[-_]?key|key|(?:client[-_]?)?secret|password|passwd|pwd|jwt)(?:=|%3D))"
    r"([^&;#\s\"'<>\\]{8,8192})",
    re.IGNORECASE,
)
_USERINFO: Final = re.compile(r"(:\\?/\\?/[^\s/:@\"\\<>]{0,256}:)([^\s/@\"\\<>]{1,256})(?=@)")
_PRIVATE_KEY: Final = re.compile(
    r"(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)((?:[^-]|-(?!----)){1,20000})(?=-----END)"
)
_LINE_END: Final = re.compile(r"(\\{1,8}[nr])")


@dataclass(frozen=True)
class IssuedSecrets:
    """Masks the secrets that a target issues, except `placeholders`, which already stand for secrets."""

    placeholders: tuple[str, ...] = ()

    def mask(self, text: str) -> str:
        """Return the text of a response with lookalikes in place of the secrets in it."""
        lowered = text.lower()
        named = any(word in lowered for word in _WORDS)
        authorizing = any(word in lowered for word in _SCHEMES)
        if named or authorizing:
            text = _LIST.sub(self._mask_list, _MEMBER.sub(self._mask_member, text))
            text = _ELEMENT.sub(self._mask_element, text)
        if authorizing:
            text = _CREDENTIALS.sub(self._mask_second_group, text)
        if "=" in text or "%3d" in lowered:
            text = _PARAMETER.sub(self._mask_second_group, text)
        if "eyJ" in text:
            text = _JWT.sub(self._mask_second_group, text)
        if "@" in text and "/" in text:
            text = _USERINFO.sub(self._mask_second_group, text)
        return _PRIVATE_KEY.sub(self._mask_private_key, text) if "PRIVATE KEY-----" in text else text

    def mask_header(self, name: str, value: str) -> str:
        """Return the value of a response header with lookalikes in place of the secrets in it."""
        if name.lower() == "set-cookie":
            return _COOKIE.sub(self._mask_second_group, value, count=1)
        if _holds_secret(name):
            return _AFTER_SCHEME.sub(self._mask_second_group, value)
        return self.mask(value)

    def _mask_member(self, match: re.Match[str]) -> str:
        if _is_not_secret(match["name"], match["value"]):
            return match[0]
        return match["before"] + self._lookalike(match["value"])

    def _mask_list(self, match: re.Match[str]) -> str:
        return match[1] + _STRING.sub(self._mask_second_group, match[2])

    def _mask_element(self, match: re.Match[str]) -> str:
        return match[0] if _is_not_secret(match["name"], match[3]) else match[1] + self._lookalike(match[3])

    def _mask_second_group(self, match: re.Match[str]) -> str:
        """Return the first group of a match, followed by a lookalike of the second."""
        return match[1] + self._lookalike(match[2])

    def _mask_private_key(self, match: re.Match[str]) -> str:
        """Return a private key with a lookalike of its content; line ends, escaped or not, are unchanged."""
        pieces = _LINE_END.split(match[2])
        return match[1] + "".join(
            piece if _LINE_END.fullmatch(piece) else lookalike(piece) for piece in pieces
        )

    def _lookalike(self, value: str) -> str:
        if any(placeholder in value for placeholder in self.placeholders):
            return value
        return _escaped_lookalike(value) if "\\" in value else lookalike_in_url(value)


@lru_cache(maxsize=1000)
def _holds_secret(header: str) -> bool:
    return bool(_HEADER.fullmatch(header)) and not _PAGE_TOKEN.search(header)


def _is_not_secret(name: str, value: str) -> bool:
    """Return whether a value is not masked: a page token, or a code in lowercase letters."""
    is_code = len(value) <= _MAX_WORD_LENGTH and _WORD.fullmatch(value) and not _USER_CHOSEN.search(name)
    return bool(is_code or _PAGE_TOKEN.search(name))


def _escaped_lookalike(value: str) -> str:
    """Return a lookalike of a JSON string that keeps its escapes."""
    characters = _CHARACTER.findall(value)
    plain = "".join(
        chr(int(character[-4:], 16)) if _is_code_point(character) else character[-1]
        for character in characters
    )
    return "".join(
        f"{character[:-4]}{ord(replacement):04x}"
        if _is_code_point(character)
        else character[:-1] + replacement
        for character, replacement in zip(characters, lookalike(plain), strict=True)
    )


def _is_code_point(character: str) -> bool:
    return len(character) > 1 and "u" in character
