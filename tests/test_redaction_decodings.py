"""A secret is recognized in the encodings that servers produce by accident, and nothing else is."""

import base64
import gzip
import html
import json
import quopri
import random
import textwrap
import time
import urllib.parse
import uuid
import zlib
from collections.abc import Callable

import pytest

from conformance.credentials import Account
from conformance.redaction.decodings import decodings
from conformance.transport.redaction import ENCODED, Redactor

PROJECT = "c4a7be15-9d02-4f6e-8b31-0a5e7d98f2c6"
TOKEN = "PTxK4/w7Q+zR9~mJ2vLs8TyB5nHd3GfC6eWu"  # opens nothing
SECRETS = [TOKEN, "PT9f8e1c3b7a604d5261b07ce93df2a8850c4e19b72d63fa58", PROJECT, f"{PROJECT}:{TOKEN}"]


def base64_of(data: bytes | str) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def url_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def deflated(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


def hexadecimal(text: str, separator: str = "", prefix: str = "", *, digits: int = 2) -> str:
    whole = text.encode().hex()
    return separator.join(prefix + each for each in textwrap.wrap(whole, digits))


def octets(text: str) -> list[int]:
    return list(text.encode())


def percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def code_points(text: str) -> str:
    return "".join(f"\\u{ord(each):04x}" for each in text)


def folded(text: str, separator: str, width: int = 10) -> str:
    return separator.join(text[at : at + width] for at in range(0, len(text), width))


def dump(text: str, *, grouped: int) -> str:
    rows = [text[at : at + 16] for at in range(0, len(text), 16)]
    return "\n".join(
        f"{16 * number:08x}: {hexadecimal(row, ' ', digits=grouped)}  {row}"
        for number, row in enumerate(rows)
    )


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "uppercase": str.upper,
    "swapped case": str.swapcase,
    "percent": percent,
    "percent twice": lambda text: urllib.parse.quote(percent(text)),
    "percent three times": lambda text: urllib.parse.quote(urllib.parse.quote(percent(text))),
    "JSON escapes": code_points,
    "JSON escapes in JSON": lambda text: json.dumps(code_points(text))[1:-1],
    "JSON escapes in JSON in JSON": lambda text: json.dumps(json.dumps(code_points(text))[1:-1])[1:-1],
    "character references": lambda text: "".join(f"&#{ord(each)};" for each in text),
    "hexadecimal references": lambda text: "".join(f"&#x{ord(each):x};" for each in text),
    "references without semicolon": lambda text: "".join(f"&#{ord(each)}" for each in text),
    "references, escaped": lambda text: html.escape("".join(f"&#{ord(each)};" for each in text)),
    "base64": base64_of,
    "base64url": lambda text: url_base64(text.encode()),
    "base64 without padding": lambda text: base64_of(text).rstrip("="),
    "base64 after one byte": lambda text: base64_of(f"a{text}b"),
    "base64 after two bytes": lambda text: base64_of(f"ab{text}b"),
    "base64 in lines": lambda text: base64.encodebytes(text.encode() * 3).decode(),
    "base64 in lines in JSON": lambda text: json.dumps(base64.encodebytes(text.encode() * 3).decode()),
    "base64 of base64": lambda text: base64_of(base64_of(text)),
    "base64 three times": lambda text: base64_of(base64_of(base64_of(text))),
    "base64url of base64": lambda text: url_base64(base64_of(text).encode()),
    "base64 of base64, shifted": lambda text: base64_of(f"x{base64_of(f'ab{text}')}"),
    "base64 of base64, in a path": lambda text: f"/api/video/{url_base64(base64_of(text).encode())}",
    "base64 of base64, in a query": lambda text: f"?x={urllib.parse.quote(base64_of(base64_of(text)))}",
    "base64 of base64, of PHP": lambda text: base64_of(base64_of(f"{text}???>>>")).replace("/", "\\/"),
    "base64 of Basic": lambda text: base64_of(f"Basic {base64_of(text)}"),
    "base64 of JSON": lambda text: base64_of(json.dumps({"authorization": f"Basic {base64_of(text)}"})),
    "base64 of percent": lambda text: base64_of(percent(text)),
    "base64 of JSON escapes": lambda text: base64_of(code_points(text)),
    "base64 of references": lambda text: base64_of("".join(f"&#{ord(each)};" for each in text)),
    "base64 of hexadecimal": lambda text: base64_of(hexadecimal(text)),
    "base64 of a byte list": lambda text: base64_of(json.dumps({"data": octets(text)})),
    **{
        f"base64 of {coding}": lambda text, coding=coding: base64_of(text.encode(coding))
        for coding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
    },
    **{
        f"hexadecimal of {coding}": lambda text, coding=coding: text.encode(coding).hex()
        for coding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
    },
    **{
        coding: lambda text, coding=coding: text.encode(coding).decode("latin-1")
        for coding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
    },
    "hexadecimal": hexadecimal,
    "hexadecimal, uppercase": lambda text: hexadecimal(text).upper(),
    "hexadecimal after 0x": lambda text: f"0x{hexadecimal(text)}",
    "hexadecimal of hexadecimal": lambda text: hexadecimal(hexadecimal(text)),
    "hexadecimal of base64": lambda text: hexadecimal(base64_of(text)),
    **{
        f"hexadecimal with {separator!r}": lambda text, separator=separator: hexadecimal(text, separator)
        for separator in (" ", ":", "-", ".", "_", ", ", "\n")
    },
    "hexadecimal, 0x and comma": lambda text: hexadecimal(text, ", ", "0x"),
    "hexadecimal, 0x and comma alone": lambda text: hexadecimal(text, ",", "0x"),
    "hexadecimal, 0x and blank": lambda text: hexadecimal(text, " ", "0x"),
    "hexadecimal, \\x": lambda text: hexadecimal(text, "", "\\x"),
    "hexadecimal, \\\\x": lambda text: hexadecimal(text, "", "\\\\x"),
    "hexadecimal, \\x and blank": lambda text: hexadecimal(text, " ", "\\x"),
    "octal escapes": lambda text: "".join(f"\\{byte:03o}" for byte in octets(text)),
    "byte list": lambda text: json.dumps(octets(text)),
    "byte list without blanks": lambda text: json.dumps(octets(text), separators=(",", ":")),
    "byte list, indented": lambda text: json.dumps({"a": octets(text)}, indent=4),
    "byte list of Go": lambda text: f"[{' '.join(map(str, octets(text)))}]",
    "byte list of Node": lambda text: json.dumps({"type": "Buffer", "data": octets(text)}),
    "byte list in JSON in JSON": lambda text: json.dumps(json.dumps({"data": octets(text)})),
    "Uint8Array": lambda text: json.dumps({str(at): byte for at, byte in enumerate(octets(text))}),
    "characters": lambda text: json.dumps(list(text)),
    "characters, indented": lambda text: json.dumps({"a": list(text)}, indent=2),
    "characters with blanks": " ".join,
    "characters with dashes": "-".join,
    "quoted-printable throughout": lambda text: "".join(f"={byte:02X}" for byte in text.encode()),
    "quoted-printable": lambda text: quopri.encodestring(f"{'x' * 60}{text}".encode()).decode(),
    "quoted-printable in JSON": lambda text: json.dumps(
        quopri.encodestring(f"{'x' * 60}{text}".encode()).decode()
    ),
    "encoded word, B": lambda text: f"=?utf-8?B?{base64_of(text)}?=",
    "encoded word, Q": lambda text: f"=?utf-8?Q?{''.join(f'={byte:02X}' for byte in text.encode())}?=",
    "gzip in base64": lambda text: base64_of(gzip.compress(text.encode())),
    "gzip of JSON in base64": lambda text: base64_of(gzip.compress(json.dumps({"a": text}).encode())),
    "gzip in hexadecimal": lambda text: gzip.compress(text.encode()).hex(),
    "gzip in base64 in base64": lambda text: base64_of(base64_of(gzip.compress(text.encode()))),
    "gzip": lambda text: gzip.compress(text.encode()).decode("latin-1"),
    "zlib in base64": lambda text: base64_of(zlib.compress(text.encode())),
    "zlib in base64url": lambda text: url_base64(zlib.compress(text.encode())),
    "zlib in hexadecimal": lambda text: zlib.compress(text.encode()).hex(),
    "deflate in base64": lambda text: base64_of(deflated(f"token={text}".encode())),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "base32 without padding": lambda text: base64.b32encode(text.encode()).decode().rstrip("="),
    "payload of a JWT": lambda text: f"eyJhbGciOiJub25lIn0.{url_base64(json.dumps([text]).encode())}.",
    "JSON in JSON in JSON": lambda text: json.dumps(json.dumps(json.dumps({"a": text}))),
    "escaped slashes": lambda text: json.dumps(text).replace("/", "\\/"),
    "serialized by PHP": lambda text: f's:{len(text)}:"{text}";',
    "word breaks": lambda text: folded(text, "<wbr>", 4),
    "marked up": lambda text: f"{text[:8]}<em>{text[8:16]}</em>{text[16:]}",
    "soft hyphens": lambda text: folded(text, "\u00ad", 5),
    "soft hyphens, escaped": lambda text: folded(text, "&shy;", 6),
    "zero-width spaces": "\u200b".join,
    "zero-width spaces in JSON": lambda text: json.dumps("\u200b".join(text)),
    "in lines": lambda text: folded(text, "\n"),
    "in lines, indented": lambda text: folded(text, "\n    "),
    "in lines with CRLF": lambda text: folded(text, "\r\n "),
    "in lines in JSON": lambda text: json.dumps(folded(text, "\n")),
    "cut short": lambda text: f"{text[:20]}…",
    "bytes of Python": lambda text: repr(text.encode()),
    "letters and digits alone": lambda text: "".join(each for each in text if each.isalnum()),
    "dump in pairs": lambda text: dump(text, grouped=2),
    "dump in groups of four": lambda text: dump(text, grouped=4),
}
ORDINARY = {
    "ids": [str(uuid.UUID(int=random.Random(each).getrandbits(128), version=4)) for each in range(200)],
    "names": [f"cc-0f22d2e9-9e69faeb-{each}-1_Z" for each in range(200)],
    "times": ["2041-05-06T00:00:00Z", "2041-05-06 00:00:00", "Mon, 30 Nov 2026 12:46:58 GMT"] * 20,
    "numbers": list(range(256)),
    "picture": f"data:image/png;base64,{base64_of(random.Random(0).randbytes(4000))}",
    "text in base64": base64_of("lorem ipsum dolor sit amet " * 100),
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "packed": base64_of(gzip.compress(b"lorem ipsum dolor sit amet " * 100)),
    "fingerprint": "9f:86:d0:81:88:4c:7d:65:9a:2f:ea:a0:c5:5a:d0:15:a3:bf:4f:1b",
    "page": "<p>lorem <b>ipsum</b>\n dolor sit\u00adamet\u200b</p>" * 20,
    "letters": list("abcdefghijklmnopqrstuvwxyz"),
    "mail": "=50=4F=4C=4C caf=C3=A9=\n",
    "layouts": "1x1, 2x1, 2x2, 5up, 3x3, 4x4, 5x5, 6x6, 8x8, 10x10",
}
MANY = 1024 * 1024
WORST = {
    "A": "A",
    "UUUU": "V",
    "the alphabet of base64": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    "percent": "%25",
    "numbers": "1,",
    "numbers of two digits": "12,34,",
    "keys": '"0":1,',
    "hexadecimal": "50 54 ",
    "hexadecimal with 0x": "0x50, ",
    "letters": '"x",',
    "quoted-printable": "=41",
    "line ends": "ab\n",
    "markup": "<a>",
    "open markup": "<a ",
    "bombs": f"{base64_of(gzip.compress(b'a' * 100_000))} ",
    "one bomb": base64_of(gzip.compress(b"a" * 10_000_000)),
}


@pytest.mark.parametrize("secret", SECRETS, ids=["token", "hexadecimal token", "project", "pair"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_secret_is_recognized_in_every_spelling(spelling: str, secret: str) -> None:
    spelled = SPELLINGS[spelling](secret)
    redactor = Redactor(Account(PROJECT, secret if secret.startswith("PT") else TOKEN))
    assert redactor(spelled) != spelled
    assert redactor(redactor(spelled)) == redactor(spelled)
    assert [each for each in _texts(redactor(spelled)) if _holds(each, secret)] == []


def _texts(text: str, depth: int = 3) -> list[str]:
    """Return a text and all that can be read out of it."""
    inner = [each.text for each in decodings(text)] if depth else []
    return [text, *(found for each in inner for found in _texts(each, depth - 1))]


def _holds(text: str, secret: str) -> bool:
    """Return whether 12 characters of a secret, or of one of a pair, stand in a text."""
    read = json.dumps(urllib.parse.unquote(html.unescape(text))).lower()
    parts = [each[at : at + 12].lower() for each in secret.split(":") for at in range(len(each) - 11)]
    return any(part in read for part in parts)


@pytest.mark.parametrize(
    "name", ["byte list", "byte list of Node", "Uint8Array", "characters", "in lines in JSON"]
)
def test_json_stays_json(name: str) -> None:
    spelled = SPELLINGS[name](TOKEN)
    told = json.loads(Redactor(Account(PROJECT, TOKEN))(f'{{"id": "x", "echo": {spelled}, "on": true}}'))
    assert (told["id"], told["on"]) == ("x", True)
    assert type(told["echo"]) is type(json.loads(spelled))


def test_what_stands_before_and_behind_is_kept() -> None:
    redactor = Redactor(Account(PROJECT, TOKEN))
    numbers = [1, 2, *octets(TOKEN), 3]
    assert json.loads(redactor(json.dumps(numbers))) == [1, 2, *(0 for _ in TOKEN), 3]
    assert redactor(f"before\n{folded(TOKEN, '<wbr>')}\nbehind") == f"before\n{ENCODED}\nbehind"


@pytest.mark.parametrize("name", ORDINARY)
@pytest.mark.parametrize("indent", [None, 2])
def test_ordinary_data_is_left_as_it_is(name: str, indent: int | None) -> None:
    text = json.dumps({name: ORDINARY[name]}, indent=indent)
    assert Redactor(Account(PROJECT, TOKEN))(text) == text


@pytest.mark.parametrize("name", WORST)
def test_no_text_takes_long(name: str) -> None:
    """By the clock of the processor, and with much room: it is the growth that must be linear."""
    text = (WORST[name] * (MANY // len(WORST[name]) + 1))[:MANY]
    started = time.thread_time()
    Redactor(Account(PROJECT, TOKEN))(text)
    assert time.thread_time() - started < 10
