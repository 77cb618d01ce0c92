"""The encodings of a secret that servers produce by accident, as functions of the secret."""

import base64
import gzip
import html
import json
import quopri
import textwrap
import urllib.parse
import zlib
from collections.abc import Callable


def base64_of(data: bytes | str) -> str:
    return base64.b64encode(data.encode() if isinstance(data, str) else data).decode()


def url_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


def deflated(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


def base64_in(coding: str) -> Callable[[str], str]:
    return lambda text: base64_of(text.encode(coding))


def hexadecimal_in(coding: str) -> Callable[[str], str]:
    return lambda text: text.encode(coding).hex()


def bytes_in(coding: str) -> Callable[[str], str]:
    return lambda text: text.encode(coding).decode("latin-1")


def separated_by(separator: str) -> Callable[[str], str]:
    return lambda text: hexadecimal(text, separator)


def hexadecimal(text: str, separator: str = "", prefix: str = "", *, digits: int = 2) -> str:
    whole = text.encode().hex()
    return separator.join(prefix + character for character in textwrap.wrap(whole, digits))


def octets(text: str) -> list[int]:
    return list(text.encode())


def percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def code_points(text: str) -> str:
    return "".join(f"\\u{ord(character):04x}" for character in text)


def folded(text: str, separator: str, width: int = 10) -> str:
    return separator.join(text[at : at + width] for at in range(0, len(text), width))


def dump(text: str, *, grouped: int) -> str:
    rows = [text[at : at + 16] for at in range(0, len(text), 16)]
    return "\n".join(
        f"{16 * number:08x}: {hexadecimal(row, ' ', digits=grouped)}  {row}"
        for number, row in enumerate(rows)
    )


ENCODINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "uppercase": str.upper,
    "swapped case": str.swapcase,
    "percent": percent,
    "percent twice": lambda text: urllib.parse.quote(percent(text)),
    "percent three times": lambda text: urllib.parse.quote(urllib.parse.quote(percent(text))),
    "JSON escapes": code_points,
    "JSON escapes in JSON": lambda text: json.dumps(code_points(text))[1:-1],
    "JSON escapes in JSON in JSON": lambda text: json.dumps(json.dumps(code_points(text))[1:-1])[1:-1],
    "character references": lambda text: "".join(f"&#{ord(character)};" for character in text),
    "hexadecimal references": lambda text: "".join(f"&#x{ord(character):x};" for character in text),
    "references without semicolon": lambda text: "".join(f"&#{ord(character)}" for character in text),
    "references, escaped": lambda text: html.escape("".join(f"&#{ord(character)};" for character in text)),
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
    "base64 of references": lambda text: base64_of("".join(f"&#{ord(character)};" for character in text)),
    "base64 of hexadecimal": lambda text: base64_of(hexadecimal(text)),
    "base64 of a byte list": lambda text: base64_of(json.dumps({"data": octets(text)})),
    **{
        f"base64 of {coding}": base64_in(coding)
        for coding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
    },
    **{
        f"hexadecimal of {coding}": hexadecimal_in(coding)
        for coding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
    },
    **{coding: bytes_in(coding) for coding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")},
    "hexadecimal": hexadecimal,
    "hexadecimal, uppercase": lambda text: hexadecimal(text).upper(),
    "hexadecimal after 0x": lambda text: f"0x{hexadecimal(text)}",
    "hexadecimal of hexadecimal": lambda text: hexadecimal(hexadecimal(text)),
    "hexadecimal of base64": lambda text: hexadecimal(base64_of(text)),
    **{
        f"hexadecimal with {separator!r}": separated_by(separator)
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
    "letters and digits alone": lambda text: "".join(character for character in text if character.isalnum()),
    "dump in pairs": lambda text: dump(text, grouped=2),
    "dump in groups of four": lambda text: dump(text, grouped=4),
}
