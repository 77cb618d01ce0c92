"""Masking of secrets that the target issues itself: replaced by lookalikes.

They are known by the header or the member that holds them, and by their shape: JSON Web Tokens, credentials
after the name of a scheme, private keys, passwords and signatures in URLs. Page tokens and ids stay, as
checks go by them, and so does any text with a blank in it, such as an error message.
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
_LONGEST_WORD: Final = 24
_CHOSEN: Final = re.compile(r"pass|pwd|secret", re.IGNORECASE)  # what people choose may be a word
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
    """Masks the secrets that a target issues; `known` are stand-ins for others, which stay recognizable."""

    known: tuple[str, ...] = ()

    def masked(self, text: str) -> str:
        """Return the text of a response with lookalikes in the place of the secrets that it issues."""
        lowered = text.lower()
        named = any(word in lowered for word in _WORDS)
        authorizing = any(word in lowered for word in _SCHEMES)
        if named or authorizing:
            text = _LIST.sub(self._list, _MEMBER.sub(self._member, text))
            text = _ELEMENT.sub(self._element, text)
        if authorizing:
            text = _CREDENTIALS.sub(self._rest, text)
        if "=" in text or "%3d" in lowered:
            text = _PARAMETER.sub(self._rest, text)
        if "eyJ" in text:
            text = _JWT.sub(self._rest, text)
        if "@" in text and "/" in text:
            text = _USERINFO.sub(self._rest, text)
        return _PRIVATE_KEY.sub(self._private_key, text) if "PRIVATE KEY-----" in text else text

    def masked_header(self, name: str, value: str) -> str:
        """Return the value of a response header with lookalikes in the place of the secrets in it."""
        if name.lower() == "set-cookie":
            return _COOKIE.sub(self._rest, value, count=1)
        if _holds_secret(name):
            return _AFTER_SCHEME.sub(self._rest, value)
        return self.masked(value)

    def _member(self, match: re.Match[str]) -> str:
        if _is_shown(match["name"], match["value"]):
            return match[0]
        return match["before"] + self._lookalike(match["value"])

    def _list(self, match: re.Match[str]) -> str:
        return match[1] + _STRING.sub(self._rest, match[2])

    def _element(self, match: re.Match[str]) -> str:
        return match[0] if _is_shown(match["name"], match[3]) else match[1] + self._lookalike(match[3])

    def _rest(self, match: re.Match[str]) -> str:
        """Return the first group of a match, and a lookalike of the second one."""
        return match[1] + self._lookalike(match[2])

    def _private_key(self, match: re.Match[str]) -> str:
        """Return a private key with a lookalike of its content; line ends, escaped or not, stay."""
        pieces = _LINE_END.split(match[2])
        return match[1] + "".join(
            piece if _LINE_END.fullmatch(piece) else lookalike(piece) for piece in pieces
        )

    def _lookalike(self, value: str) -> str:
        if any(each in value for each in self.known):
            return value
        return _escaped_lookalike(value) if "\\" in value else lookalike_in_url(value)


@lru_cache(maxsize=1000)
def _holds_secret(header: str) -> bool:
    return bool(_HEADER.fullmatch(header)) and not _PAGE_TOKEN.search(header)


def _is_shown(name: str, value: str) -> bool:
    """Return whether a value stays: a page token, or a code in lowercase letters."""
    is_code = len(value) <= _LONGEST_WORD and _WORD.fullmatch(value) and not _CHOSEN.search(name)
    return bool(is_code or _PAGE_TOKEN.search(name))


def _escaped_lookalike(value: str) -> str:
    """Return a lookalike of a JSON string, in which an escape stays one."""
    characters = _CHARACTER.findall(value)
    plain = "".join(chr(int(each[-4:], 16)) if _is_code_point(each) else each[-1] for each in characters)
    return "".join(
        f"{each[:-4]}{ord(other):04x}" if _is_code_point(each) else each[:-1] + other
        for each, other in zip(characters, lookalike(plain), strict=True)
    )


def _is_code_point(character: str) -> bool:
    return len(character) > 1 and "u" in character
