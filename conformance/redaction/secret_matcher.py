"""Search for secrets, and parts of them, in text, in any encoding that a server may have applied.

A text is searched as it is and with its escapes decoded, repeatedly: percent-encoding, the escapes of JSON
and of programming languages, HTML entities, the zero bytes of UTF-16. Each search covers the secrets, their
base64 at any offset within a longer text, and their bytes in hexadecimal digits. The text decoded from any
other encoding (`conformance/redaction/decoding/`) is searched in the same way.
"""

import base64
import html
import re
import string
import threading
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Final

from conformance.redaction.decoding.decodings import decodings

PART_LENGTH: Final = 12  # length of the shortest part of a secret that is redacted
MIN_LENGTH: Final = 6  # length of the shortest secret; shorter ones occur by chance
_GRAM_LENGTH: Final = 6  # characters that are looked up together
_STEP: Final = PART_LENGTH - _GRAM_LENGTH + 1  # so that each part of that length contains one of the grams
_PIECES: Final = re.compile(f"(.{{{_GRAM_LENGTH}}}).{{0,{_STEP - _GRAM_LENGTH}}}", re.DOTALL)
_MIN_VARIETY: Final = 5  # different letters and digits in a part that identifies a secret
_MIN_ROWS: Final = 3  # and characters that do not follow the one before in the alphabet
_MAX_LAYERS: Final = 4  # escapes within escapes
_MAX_NESTED: Final = 3  # encodings within encodings
_WORK_FACTOR: Final = 4  # characters of decoded texts that are searched for each character of a text,
_MIN_WORK: Final = 64 * 1024  # and in addition
_MAX_CACHED_LENGTH: Final = 100  # length of cached texts, as values of headers repeat
_CACHE_SIZE: Final = 1000
_ESCAPE_CACHE_SIZE: Final = 4096
_ESCAPE: Final = re.compile(
    r"(%(?:[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})"
    r"|\\(?:u(?:[0-9A-Fa-f]{4}|\{[0-9A-Fa-f]{1,6}\})|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2}|[0-7]{3}|[^\sA-Za-z0-9])"
    r"|&(?:#(?:[xX][0-9A-Fa-f]{1,8};?|[0-9]{1,8};?)|[A-Za-z][A-Za-z0-9]{1,31};)"
    r"|\x00+)"
)
_ESCAPED_SIGN: Final = re.compile(r"\\[^\sA-Za-z0-9]")
_LARGE_TEXT_LOCK: Final = threading.Lock()
_LARGE_TEXT: Final = 64 * 1024  # characters
_ESCAPE_SIGNS: Final = "%\\&\x00"  # each escape contains one of these
_UNICODE: Final = 0x110000
_ASCII_LOWERCASE: Final = str.maketrans(
    {chr(upper): chr(upper + 32) for upper in range(ord("A"), ord("Z") + 1)}
)


@dataclass(frozen=True, order=True)
class Span:
    """A range of a text, and the secret in it; None for a part of a secret or an encoded one."""

    start: int
    end: int
    secret: str | None


@dataclass(frozen=True)
class _DecodedLayer:
    """A text before and after decoding its escapes."""

    before: str
    text: str

    @cached_property
    def _piece_ends(self) -> tuple[Sequence[int], Sequence[int]]:
        """Ends of the pieces in the decoded and the original text; plain text and escapes alternate."""
        pieces = _ESCAPE.split(self.before)
        ends_before = array("q", accumulate(map(len, pieces)))
        pieces[1::2] = map(_unescape, pieces[1::2])
        return array("q", accumulate(map(len, pieces))), ends_before

    def source_range(self, start: int, end: int) -> tuple[int, int]:
        """Return the range in the original text of a range of the decoded text."""
        return self._range_before(start)[0], self._range_before(end - 1)[1]

    def _range_before(self, at: int) -> tuple[int, int]:
        ends, ends_before = self._piece_ends
        piece = bisect_right(ends, at)
        if piece % 2:
            return ends_before[piece - 1], ends_before[piece]
        start = ends_before[piece - 1] + at - ends[piece - 1] if piece else at
        return start, start + 1


@dataclass
class _WorkLimit:
    """Number of characters that may still be searched for one text, which bounds the cost of any text."""

    remaining: int

    def take(self, characters: int) -> bool:
        """Return whether that many characters may be searched."""
        self.remaining -= characters
        return self.remaining >= 0


class SecretMatcher:
    """Finds the given secrets in texts."""

    def __init__(self, secrets: Iterable[str], together: Iterable[str] = ()) -> None:
        """Prepare the search for the secrets, and for texts that combine several and are encoded as one."""
        usable = [secret for secret in dict.fromkeys(secrets) if len(secret) >= MIN_LENGTH]
        self._secrets = {
            _normalize(form): secret for secret in usable for form in (secret, _as_latin1(secret))
        }
        forms = {form for text in (*usable, *together) for form in _encodings(text)}
        forms |= {bare for bare in map(_alphanumeric, usable) if len(bare) >= PART_LENGTH}
        needles = {*self._secrets, *map(_normalize, forms)}
        self._grams: dict[str, list[tuple[str, int]]] = {}
        for needle in (needle for needle in needles if len(needle) >= PART_LENGTH):
            for at in range(len(needle) - _GRAM_LENGTH + 1):
                if _variety(needle[at : at + _GRAM_LENGTH]) > 1:
                    self._grams.setdefault(needle[at : at + _GRAM_LENGTH], []).append((needle, at))
        whole = [re.escape(secret) for secret in self._secrets if len(secret) >= PART_LENGTH]
        words = [re.escape(needle) for needle in needles if MIN_LENGTH <= len(needle) < PART_LENGTH]
        self._whole_secrets = re.compile(
            "|".join([*whole, *(rf"(?<![a-z0-9/]){word}(?![a-z0-9/])" for word in words)])
        )
        self._has_secrets = bool(whole or words)
        self._find_cached = lru_cache(_CACHE_SIZE)(self._find_all)

    def spans(self, text: str) -> Sequence[Span]:
        """Return the ranges of the text that contain a secret, in order and without overlaps."""
        if not self._has_secrets or len(text) < MIN_LENGTH:
            return ()
        return self._find_cached(text) if len(text) <= _MAX_CACHED_LENGTH else self._find_all(text)

    def unencoded_spans(self, text: str) -> Sequence[Span]:
        """Return the ranges of the text that contain a secret, plain or with escapes but not encoded."""
        return self._find_spans(text, _WorkLimit(0), 0) if self._has_secrets else ()

    def _find_all(self, text: str) -> Sequence[Span]:
        """Return the ranges; one large text at a time, as decoding escapes takes many times its size."""
        with _LARGE_TEXT_LOCK if len(text) > _LARGE_TEXT else nullcontext():
            return self._find_spans(text, _WorkLimit(_WORK_FACTOR * len(text) + _MIN_WORK), _MAX_NESTED)

    def _find_spans(self, text: str, work: "_WorkLimit", nested: int) -> Sequence[Span]:
        layers: list[_DecodedLayer] = []
        spans = [*self._find_plain(text), *self._find_encoded(text, work, nested)]
        decoded = text
        while len(layers) < _MAX_LAYERS and any(sign in decoded for sign in _ESCAPE_SIGNS):
            layer = _unescape_once(decoded)
            if layer is None:
                break
            layers.append(layer)
            decoded = layer.text
            spans += (_original_span(span, layers) for span in self._find_plain(decoded))
        if layers:  # nested encodings are complete once all escapes are decoded
            spans += (_original_span(span, layers) for span in self._find_encoded(decoded, work, nested))
        return _merge_overlaps(spans)

    def _find_encoded(self, text: str, work: "_WorkLimit", nested: int) -> Iterator[Span]:
        """Yield the ranges of a text that contain a secret in an encoding, or in nested encodings."""
        if not nested:
            return
        for decoding in decodings(text):
            if not work.take(len(decoding.text)):
                return
            for span in self._find_spans(decoding.text, work, nested - 1):
                yield Span(*decoding.source_range(span.start, span.end), None)

    def _find_plain(self, text: str) -> Iterator[Span]:
        """Yield the ranges of a text that contain a secret as it is."""
        plain = _normalize(text)
        for match in self._whole_secrets.finditer(plain):
            yield Span(match.start(), match.end(), self._exact_secret(text[match.start() : match.end()]))
        grams, covered = self._grams, 0
        pieces = _PIECES.findall(plain)
        if grams.keys().isdisjoint(pieces):
            return
        for at in [_STEP * turn for turn, piece in enumerate(pieces) if piece in grams]:
            if at + _GRAM_LENGTH <= covered:
                continue
            start, end = max(
                (_extend_match(plain, at, *entry) for entry in grams[plain[at : at + _GRAM_LENGTH]]),
                key=_length,
            )
            if end - start >= PART_LENGTH and _identifies(plain[start:end]):
                covered = end
                yield Span(start, end, self._exact_secret(text[start:end]))

    def _exact_secret(self, text: str) -> str | None:
        """Return the secret that equals a text apart from letter case."""
        secret = self._secrets.get(_normalize(text))
        return secret if secret is not None and secret.lower() == text.lower() else None


def _normalize(text: str) -> str:
    """Return the text, with the same length, in lowercase and in the standard alphabet of base64."""
    lowered = text.lower()
    if len(lowered) != len(text):  # the lowercase of a few letters is longer
        lowered = text.translate(_ASCII_LOWERCASE)
    return lowered.replace("-", "+").replace("_", "/")


def _alphanumeric(text: str) -> str:
    """Return the letters and digits of a secret, which remain when it becomes part of a name or key."""
    return "".join(character for character in _normalize(text) if character.isalnum())


def _as_latin1(text: str) -> str:
    """Return the UTF-8 bytes of a text decoded as Latin-1."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def _encodings(text: str) -> Iterator[str]:
    """Yield the hexadecimal digits of a text, and its base64 after 0, 1 or 2 bytes of a longer text."""
    plain = text.encode("utf-8", "surrogatepass")
    yield plain.hex()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + plain).decode()[(0, 2, 3)[offset] :]
        yield encoded
        yield encoded.rstrip("=")[:-1] if encoded.endswith("=") else encoded


def _unescape_once(text: str) -> _DecodedLayer | None:
    """Return the text with each escape decoded once, or None if it has none."""
    pieces = _ESCAPE.split(text)
    if len(pieces) == 1:
        return None
    pieces[1::2] = map(_unescape, pieces[1::2])
    return _DecodedLayer(text, "".join(pieces))


@lru_cache(_ESCAPE_CACHE_SIZE)
def _unescape(escape: str) -> str:
    """Return the text that an escape denotes."""
    if escape[0] == "\0":
        return ""
    if escape[0] == "&":
        return html.unescape(escape)
    if _ESCAPED_SIGN.fullmatch(escape):
        return escape[1]
    octal = escape[0] == "\\" and escape[1] in string.digits
    code = int(escape[1:].strip("uUx{}"), 8 if octal else 16)
    return chr(code) if code < _UNICODE else escape


def _original_span(span: Span, layers: Sequence[_DecodedLayer]) -> Span:
    """Return the range in the original text of a range in the last layer."""
    start, end = span.start, span.end
    for layer in reversed(layers):
        start, end = layer.source_range(start, end)
    return Span(start, end, span.secret)


def _extend_match(plain: str, at: int, needle: str, offset: int) -> tuple[int, int]:
    """Return the range around a gram in which a text agrees with a needle."""
    start, end, first, last = at, at + _GRAM_LENGTH, offset, offset + _GRAM_LENGTH
    while first and start and plain[start - 1] == needle[first - 1]:
        start, first = start - 1, first - 1
    while last < len(needle) and end < len(plain) and plain[end] == needle[last]:
        end, last = end + 1, last + 1
    return start, end


def _length(bounds: tuple[int, int]) -> int:
    return bounds[1] - bounds[0]


@lru_cache(_CACHE_SIZE)
def _variety(text: str) -> int:
    """Return the number of different letters and digits."""
    return len({character for character in text if character.isalnum()})


def _identifies(part: str) -> bool:
    """Return whether a part has enough different characters, and is more than one or two alphabetical rows.

    Rows such as `abcdefghijkl` occur in texts that have nothing to do with the secret.
    """
    successors = zip(f"\0{part}", part, strict=False)
    row_starts = {one for previous, one in successors if one.isalnum() and ord(one) - ord(previous) != 1}
    return _variety(part) >= _MIN_VARIETY and len(row_starts) >= _MIN_ROWS


def _merge_overlaps(spans: Iterable[Span]) -> list[Span]:
    """Return the spans in order, with overlapping ones merged."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end, span.secret is None)):
        if not merged or span.start >= merged[-1].end:
            merged.append(span)
        elif span.end > merged[-1].end:
            merged[-1] = Span(merged[-1].start, span.end, None)
    return merged
