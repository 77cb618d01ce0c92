"""Where a text holds a secret, or a part of one, in whatever spelling a server may have given it.

A text is looked at as it is and as it reads with its escapes undone, several times over: percent-encoding,
the escapes of JSON and of programming languages, HTML entities, the zero bytes of UTF-16. Each time it is
searched for the secrets, for their base64 at any place within a longer text, and for their bytes in
hexadecimal digits. What it holds in any other encoding (`conformance/redaction/decodings.py`) is searched in
the same way.
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

from conformance.redaction.decodings import decodings

PART: Final = 12  # characters of a secret that are too many to be shown
SHORTEST: Final = 6  # characters; anything shorter hides nothing, and stands everywhere
_GRAM: Final = 6  # characters that are looked up at once
_STEP: Final = PART - _GRAM + 1  # so that one of those looked up lies within every part of that length
_PIECES: Final = re.compile(f"(.{{{_GRAM}}}).{{0,{_STEP - _GRAM}}}", re.DOTALL)  # those of a text
_TELLING: Final = 5  # different letters and digits that make a part say something
_LAYERS: Final = 4  # of escapes within escapes
_NESTED: Final = 3  # encodings within encodings
_WORK: Final = 4  # times the length of a text that is searched in what it encodes, and as much again:
_LEAST_WORK: Final = 64 * 1024  # characters
_SHORT: Final = 100  # characters of texts that are remembered, as those of headers come again and again
_MANY: Final = 1000  # of them
_ESCAPES: Final = 4096  # whose meaning is remembered
_ESCAPE: Final = re.compile(
    r"(%(?:[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})"
    r"|\\(?:u(?:[0-9A-Fa-f]{4}|\{[0-9A-Fa-f]{1,6}\})|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2}|[0-7]{3}|[^\sA-Za-z0-9])"
    r"|&(?:#(?:[xX][0-9A-Fa-f]{1,8};?|[0-9]{1,8};?)|[A-Za-z][A-Za-z0-9]{1,31};)"
    r"|\x00+)"
)
_ITSELF: Final = re.compile(r"\\[^\sA-Za-z0-9]")
_ONE_AT_A_TIME: Final = threading.Lock()
_LARGE: Final = 64 * 1024  # characters
_SIGNS: Final = "%\\&\x00"  # one of which every escape has
_UNICODE: Final = 0x110000
_PLAIN: Final = str.maketrans({chr(upper): chr(upper + 32) for upper in range(ord("A"), ord("Z") + 1)})


@dataclass(frozen=True, order=True)
class Span:
    """A place in a text, and the secret that stands there whole; None for a part or another spelling."""

    start: int
    end: int
    secret: str | None


@dataclass(frozen=True)
class _Layer:
    """A text before and after its escapes were undone."""

    before: str
    text: str

    @cached_property
    def _ends(self) -> tuple[Sequence[int], Sequence[int]]:
        """Where pieces end in this text and in the text before; plain text and escapes take turns."""
        pieces = _ESCAPE.split(self.before)
        ended = array("q", accumulate(map(len, pieces)))
        pieces[1::2] = map(_meant, pieces[1::2])
        return array("q", accumulate(map(len, pieces))), ended

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return where a piece of this text stands in the text before."""
        return self._before(start)[0], self._before(end - 1)[1]

    def _before(self, at: int) -> tuple[int, int]:
        ends, ended = self._ends
        piece = bisect_right(ends, at)
        if piece % 2:
            return ended[piece - 1], ended[piece]
        place = ended[piece - 1] + at - ends[piece - 1] if piece else at
        return place, place + 1


@dataclass
class _Work:
    """How many characters may still be searched on behalf of one text: no text can ask for more."""

    left: int

    def take(self, characters: int) -> bool:
        """Return whether as many characters may be searched."""
        self.left -= characters
        return self.left >= 0


class Spellings:
    """Finds some secrets in texts."""

    def __init__(self, secrets: Iterable[str], together: Iterable[str] = ()) -> None:
        """Take the secrets, and the texts that hold several of them and are encoded as one."""
        known = [each for each in dict.fromkeys(secrets) if len(each) >= SHORTEST]
        self._secrets = {_folded(form): each for each in known for form in (each, _bytewise(each))}
        forms = {form for each in (*known, *together) for form in _encoded(each)}
        forms |= {bare for bare in map(_bare, known) if len(bare) >= PART}
        needles = {*self._secrets, *map(_folded, forms)}
        self._grams: dict[str, list[tuple[str, int]]] = {}
        for needle in (each for each in needles if len(each) >= PART):
            for at in range(len(needle) - _GRAM + 1):
                if _variety(needle[at : at + _GRAM]) > 1:
                    self._grams.setdefault(needle[at : at + _GRAM], []).append((needle, at))
        whole = [re.escape(each) for each in self._secrets if len(each) >= PART]
        words = [re.escape(each) for each in needles if SHORTEST <= len(each) < PART]
        self._whole = re.compile(
            "|".join([*whole, *(rf"(?<![a-z0-9/]){each}(?![a-z0-9/])" for each in words)])
        )
        self._any = bool(whole or words)
        self._remembered = lru_cache(_MANY)(self._looked_for)

    def spans(self, text: str) -> Sequence[Span]:
        """Return where the text holds a secret, in its order; none of the places overlaps another."""
        if not self._any or len(text) < SHORTEST:
            return ()
        return self._remembered(text) if len(text) <= _SHORT else self._looked_for(text)

    def unencoded_spans(self, text: str) -> Sequence[Span]:
        """Return where the text holds a secret as it stands or with escapes, but in no encoding."""
        return self._within(text, _Work(0), 0) if self._any else ()

    def _looked_for(self, text: str) -> Sequence[Span]:
        """Return the places; one large text at a time, as undoing escapes takes many times its size."""
        with _ONE_AT_A_TIME if len(text) > _LARGE else nullcontext():
            return self._within(text, _Work(_WORK * len(text) + _LEAST_WORK), _NESTED)

    def _within(self, text: str, work: "_Work", nested: int) -> Sequence[Span]:
        layers: list[_Layer] = []
        found = [*self._found(text), *self._encoded(text, work, nested)]
        read = text
        while len(layers) < _LAYERS and any(sign in read for sign in _SIGNS):
            layer = _undone(read)
            if layer is None:
                break
            layers.append(layer)
            read = layer.text
            found += (_outermost(span, layers) for span in self._found(read))
        if layers:  # what is escaped and encoded is complete when all escapes are undone
            found += (_outermost(span, layers) for span in self._encoded(read, work, nested))
        return _apart(found)

    def _encoded(self, text: str, work: "_Work", nested: int) -> Iterator[Span]:
        """Yield where a text holds a secret in an encoding, or in one within another."""
        if not nested:
            return
        for decoding in decodings(text):
            if not work.take(len(decoding.text)):
                return
            for span in self._within(decoding.text, work, nested - 1):
                yield Span(*decoding.place(span.start, span.end), None)

    def _found(self, text: str) -> Iterator[Span]:
        """Yield where a text holds a secret as it stands."""
        plain = _folded(text)
        for match in self._whole.finditer(plain):
            yield Span(match.start(), match.end(), self._exact(text[match.start() : match.end()]))
        grams, covered = self._grams, 0
        pieces = _PIECES.findall(plain)
        if grams.keys().isdisjoint(pieces):
            return
        for at in [_STEP * turn for turn, piece in enumerate(pieces) if piece in grams]:
            if at + _GRAM <= covered:
                continue
            start, end = max(
                (_grown(plain, at, *each) for each in grams[plain[at : at + _GRAM]]), key=_length
            )
            if end - start >= PART and _variety(plain[start:end]) >= _TELLING:
                covered = end
                yield Span(start, end, self._exact(text[start:end]))

    def _exact(self, text: str) -> str | None:
        """Return the secret that a text is, in any letter case."""
        known = self._secrets.get(_folded(text))
        return known if known is not None and known.lower() == text.lower() else None


def _folded(text: str) -> str:
    """Return the text, as long as it was, without its letter case and the alphabet of its base64."""
    small = text.lower()
    if len(small) != len(text):  # a few letters have a longer small one
        small = text.translate(_PLAIN)
    return small.replace("-", "+").replace("_", "/")


def _bare(text: str) -> str:
    """Return the letters and digits of a secret, as they are left where it becomes a name or a key."""
    return "".join(each for each in _folded(text) if each.isalnum())


def _bytewise(text: str) -> str:
    """Return the bytes of a text as characters, as they are read byte by byte."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def _encoded(text: str) -> Iterator[str]:
    """Yield the hexadecimal digits, and the base64 at the end of a text or within it, after 0 to 2 bytes."""
    plain = text.encode("utf-8", "surrogatepass")
    yield plain.hex()
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + plain).decode()[(0, 2, 3)[before] :]
        yield whole
        yield whole.rstrip("=")[:-1] if whole.endswith("=") else whole


def _undone(text: str) -> _Layer | None:
    """Return the text with each escape undone once; None where it has none."""
    pieces = _ESCAPE.split(text)
    if len(pieces) == 1:
        return None
    pieces[1::2] = map(_meant, pieces[1::2])
    return _Layer(text, "".join(pieces))


@lru_cache(_ESCAPES)
def _meant(escape: str) -> str:
    """Return what an escape stands for."""
    if escape[0] == "\0":
        return ""
    if escape[0] == "&":
        return html.unescape(escape)
    if _ITSELF.fullmatch(escape):
        return escape[1]
    octal = escape[0] == "\\" and escape[1] in string.digits
    code = int(escape[1:].strip("uUx{}"), 8 if octal else 16)
    return chr(code) if code < _UNICODE else escape


def _outermost(span: Span, layers: Sequence[_Layer]) -> Span:
    """Return where in the first text a piece of the last one stands."""
    start, end = span.start, span.end
    for layer in reversed(layers):
        start, end = layer.place(start, end)
    return Span(start, end, span.secret)


def _grown(plain: str, at: int, needle: str, offset: int) -> tuple[int, int]:
    """Return from where to where a text agrees with a needle around a place where it does."""
    start, end, left, right = at, at + _GRAM, offset, offset + _GRAM
    while left and start and plain[start - 1] == needle[left - 1]:
        start, left = start - 1, left - 1
    while right < len(needle) and end < len(plain) and plain[end] == needle[right]:
        end, right = end + 1, right + 1
    return start, end


def _length(place: tuple[int, int]) -> int:
    return place[1] - place[0]


@lru_cache(_MANY)
def _variety(text: str) -> int:
    """Return how many different letters and digits there are."""
    return len({each for each in text if each.isalnum()})


def _apart(spans: Iterable[Span]) -> list[Span]:
    """Return the places in their order; those that overlap are one."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.start, -each.end, each.secret is None)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
        elif span.end > kept[-1].end:
            kept[-1] = Span(kept[-1].start, span.end, None)
    return kept
