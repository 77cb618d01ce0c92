"""Secrets that must not occur in any output, and a server that repeats them in many encodings."""

import base64
import gzip
import html
import itertools
import json
import urllib.parse
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

import httpx

from tests.support.fake_targets import ReceivedRequest, Reply, serve_replies

PROJECT: Final = "c4a7be15-9d02-4f6e-8b31-0a5e7d98f2c6"
TOKEN: Final = "PTxK4/w7Q+zR9~mJ2vLs8TyB5nHd3GfC6eWu"  # accepted by the servers of these tests only
KEY: Final = "hdrKey-7Zq2Xv9Lw4Ns8Rb3"
PROXY_USER: Final = "prxUser5Gt8Hy2Jk6"
PROXY_PASSWORD: Final = "prxPass3Mn7Bv1Cx9Zl"  # of the proxy of these tests
CANARIES: Final = (PROJECT, TOKEN, KEY, PROXY_USER, PROXY_PASSWORD)
TOGETHER: Final = (f"{PROJECT}:{TOKEN}", f"{TOKEN}:{PROJECT}", f"{PROXY_USER}:{PROXY_PASSWORD}")
WINDOW: Final = 12
_CUTS: Final = (30, 40, 60, 300, 1_024, 2_000, 16_384)  # characters after which reports truncate a text


def base64_forms(text: str) -> Iterator[str]:
    """Yield the base64 forms of a text at each offset in a longer text."""
    for before in ("", "a", "ab", "{", '{"'):
        for after in ("", "x", "xy"):
            encoded = base64.b64encode(f"{before}{text}{after}".encode()).decode()
            yield from (encoded, encoded.replace("+", "-").replace("/", "_"))


def percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def encoded_forms(text: str) -> Iterator[str]:
    """Yield a text in the encodings that servers use."""
    yield from (text, text.upper(), text.lower(), text.swapcase())
    yield from (urllib.parse.quote(text, safe=""), urllib.parse.quote(text, safe="").lower())
    yield from (percent(text), percent(text).lower(), urllib.parse.quote(percent(text)))
    yield urllib.parse.quote(urllib.parse.quote(text, safe=""), safe="")
    yield from ("".join(f"\\u{ord(character):04x}" for character in text), text.replace("/", "\\/"))
    yield "".join(f"\\u{ord(character):04X}" if character.isdigit() else character for character in text)
    yield from (
        "".join(f"&#{ord(character)};" for character in text),
        "".join(f"&#x{ord(character):x};" for character in text),
    )
    yield from (html.escape(text), text.encode().hex(), text.encode().hex().upper())
    yield from base64_forms(text)
    yield from (text[3:20], text[:13], text[-14:])


@cache
def secret_parts(*texts: str) -> set[str]:
    """Return the parts of secrets, in any encoding, that must not occur in an output."""
    forms = {form for text in texts for form in (text, *encoded_forms(text))}
    legible = {form for form in forms if "&#" not in form and "\\u" not in form}
    parts = {form[at : at + WINDOW] for form in legible for at in range(len(form) - WINDOW + 1)}
    return {part for part in parts if _is_revealing(part)}


def _is_revealing(part: str) -> bool:
    """Return whether a part contains more of a secret than three escaped letters."""
    return "%" not in part or part.count("%") < WINDOW // 3


def leaks(texts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the name and the surrounding text of each part of a canary in named texts."""
    parts = secret_parts(*CANARIES, *TOGETHER)
    starts = {part[at : at + 6] for part in parts for at in range(WINDOW - 5)}
    return [
        (name, text[max(0, at - 60) : at + 60])
        for name, text in texts
        for at in itertools.islice(_places(text, parts, starts), 3)
    ]


def _places(text: str, parts: Container[str], starts: Container[str]) -> Iterator[int]:
    """Yield the offsets of parts; each contains a piece of six letters that begins at a multiple of seven."""
    for at in (at for at in range(0, len(text) - 5, 7) if text[at : at + 6] in starts):
        yield from (start for start in range(max(0, at - 6), at + 1) if text[start : start + WINDOW] in parts)


def written_texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of every file, decompressed if it is compressed."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = raw.decode("latin-1")
        yield str(path), text
        with suppress(ValueError):
            yield f"{path}, unescaped", json.dumps(json.loads(raw), ensure_ascii=False)
        yield f"{path}, as a page", html.unescape(text)
        if path.name == "certificate.json":
            yield f"{path}, payload", base64.b64decode(json.loads(raw)["payload"]).decode()
        if path.name == "evidence.ndjson":
            yield from ((f"{path}, bytes", body) for body in _binary_bodies(text))


def _binary_bodies(evidence: str) -> Iterator[str]:
    for line in map(json.loads, evidence.splitlines()):
        encoded_body = (line.get("response") or {}).get("base64")
        if encoded_body:
            yield base64.b64decode(encoded_body).decode("latin-1")


ECHOES: Final = [form for secret in (*CANARIES, *TOGETHER) for form in encoded_forms(secret)]


def _cut_in_the_middle(secret: str) -> str:
    """Return a text with the secret at each offset where a report may truncate a text."""
    text = ""
    for cut in _CUTS:
        text += "." * (cut - len(text) - len(secret) // 2) + secret
    return text


@contextmanager
def echoing_server(origin: str) -> Iterator[str]:
    """Run a server that forwards requests to another and repeats every secret, and yield its origin."""
    numbers = itertools.count()
    with httpx.Client(base_url=origin, trust_env=False) as client:

        def respond(received: ReceivedRequest) -> Reply:
            address = urllib.parse.urlsplit(received.target)  # a proxy receives the whole URL
            target = address.path + (f"?{address.query}" if address.query else "")
            forwarded = {"authorization", "content-type"}
            headers = [header for header in received.headers if header[0].lower() in forwarded]
            response = client.request(received.method, target, headers=headers, content=received.body or None)
            credentials = [value for name, value in received.headers if "auth" in name.lower()]
            return _reply_with_secrets(next(numbers), response, [*ECHOES, *credentials])

        with serve_replies(respond) as address:
            yield address


def _reply_with_secrets(number: int, response: httpx.Response, forms: list[str]) -> Reply:
    """Return a response with secrets in every part; the bodies of the first 20 are unchanged."""
    kind, body = response.headers.get("content-type", "application/json"), response.content
    if number > 20:
        kind, body = _body_with_secrets(
            number, kind, body, [forms[(number * 7 + step) % len(forms)] for step in range(7)]
        )
    echoed = [(f"x-echo-{step}", forms[(number * 6 + step) % len(forms)]) for step in range(6)]
    headers = (("content-type", kind), *echoed, (f"x-{KEY}", "value"), ("set-cookie", f"a={percent(TOKEN)}"))
    return Reply(response.status_code, body, headers, f"Token {TOKEN} of {PROJECT}")


def _body_with_secrets(number: int, kind: str, body: bytes, some: list[str]) -> tuple[str, bytes]:
    if number % 11 == 0:
        return "text/html", f"<p title='{'  '.join(some)}'>{_cut_in_the_middle(TOKEN)}".encode()
    if number % 13 == 0:
        return kind, b"\xff\xfe" + f"{TOKEN} {PROJECT} {KEY}".encode("utf-16-le") + body
    if number % 17 == 0:
        return kind, "".join(some).encode() + b"\xff\x00"
    with suppress(ValueError):
        document = json.loads(body)
        if isinstance(document, dict):
            return kind, json.dumps({**document, **_members(number, some)}).encode()
    return kind, body


def _members(number: int, some: list[str]) -> dict[str, Any]:
    return {
        "echo": some,
        "long": _cut_in_the_middle(CANARIES[number % len(CANARIES)]),
        some[0]: "a member whose name is a secret",
        **({"display_name": f"{'x' * (number % 60)}{TOKEN}", "quality": PROJECT} if number % 3 == 0 else {}),
        **(
            {"errors": [{"attribute": TOKEN, "code": KEY, "message": percent(KEY)}]}
            if number % 7 == 0
            else {}
        ),
    }
