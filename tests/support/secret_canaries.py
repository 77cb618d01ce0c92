"""Secrets that are looked for in all that is ever written, and a server that repeats them in every way."""

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
TOKEN: Final = "PTxK4/w7Q+zR9~mJ2vLs8TyB5nHd3GfC6eWu"  # opens our own servers alone
KEY: Final = "hdrKey-7Zq2Xv9Lw4Ns8Rb3"
PROXY_USER: Final = "prxUser5Gt8Hy2Jk6"
PROXY_PASSWORD: Final = "prxPass3Mn7Bv1Cx9Zl"  # of a proxy of our own
CANARIES: Final = (PROJECT, TOKEN, KEY, PROXY_USER, PROXY_PASSWORD)
TOGETHER: Final = (f"{PROJECT}:{TOKEN}", f"{TOKEN}:{PROJECT}", f"{PROXY_USER}:{PROXY_PASSWORD}")
WINDOW: Final = 12
_CUTS: Final = (30, 40, 60, 300, 1_024, 2_000, 16_384)  # characters after which our reports cut a text


def base64_forms(text: str) -> Iterator[str]:
    """Yield the base64 of a text at each place in a longer one."""
    for before in ("", "a", "ab", "{", '{"'):
        for after in ("", "x", "xy"):
            encoded = base64.b64encode(f"{before}{text}{after}".encode()).decode()
            yield from (encoded, encoded.replace("+", "-").replace("/", "_"))


def percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def encoded_forms(text: str) -> Iterator[str]:
    """Yield a text in all the spellings that a server may think of."""
    yield from (text, text.upper(), text.lower(), text.swapcase())
    yield from (urllib.parse.quote(text, safe=""), urllib.parse.quote(text, safe="").lower())
    yield from (percent(text), percent(text).lower(), urllib.parse.quote(percent(text)))
    yield urllib.parse.quote(urllib.parse.quote(text, safe=""), safe="")
    yield from ("".join(f"\\u{ord(each):04x}" for each in text), text.replace("/", "\\/"))
    yield "".join(f"\\u{ord(each):04X}" if each.isdigit() else each for each in text)
    yield from ("".join(f"&#{ord(each)};" for each in text), "".join(f"&#x{ord(each):x};" for each in text))
    yield from (html.escape(text), text.encode().hex(), text.encode().hex().upper())
    yield from base64_forms(text)
    yield from (text[3:20], text[:13], text[-14:])


@cache
def secret_parts(*texts: str) -> set[str]:
    """Return every part of some secrets, in any spelling, that must not be found."""
    forms = {form for text in texts for form in (text, *encoded_forms(text))}
    legible = {form for form in forms if "&#" not in form and "\\u" not in form}
    parts = {form[at : at + WINDOW] for form in legible for at in range(len(form) - WINDOW + 1)}
    return {part for part in parts if _tells(part)}


def _tells(part: str) -> bool:
    """Tell whether a part holds enough of a secret; three escaped letters are not 12 characters of it."""
    return "%" not in part or part.count("%") < WINDOW // 3


def leaks(texts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return where in some texts a part of a canary stands."""
    parts = secret_parts(*CANARIES, *TOGETHER)
    starts = {part[at : at + 6] for part in parts for at in range(WINDOW - 5)}
    return [
        (name, text[max(0, at - 60) : at + 60])
        for name, text in texts
        for at in itertools.islice(_places(text, parts, starts), 3)
    ]


def _places(text: str, parts: Container[str], starts: Container[str]) -> Iterator[int]:
    """Yield where a part stands; one of its six-letter pieces begins at a multiple of seven."""
    for at in (at for at in range(0, len(text) - 5, 7) if text[at : at + 6] in starts):
        yield from (near for near in range(max(0, at - 6), at + 1) if text[near : near + WINDOW] in parts)


def written_texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield name and text of every file, unpacked where it is packed."""
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = raw.decode("latin-1")
        yield str(path), text
        with suppress(ValueError):
            yield f"{path}, unescaped", json.dumps(json.loads(raw), ensure_ascii=False)
        yield f"{path}, as a page", html.unescape(text)
        if path.name == "certificate.json":
            yield f"{path}, payload", base64.b64decode(json.loads(raw)["payload"]).decode()
        if path.name == "evidence.ndjson":
            yield from ((f"{path}, bytes", each) for each in _bytes(text))


def _bytes(evidence: str) -> Iterator[str]:
    for line in map(json.loads, evidence.splitlines()):
        told = (line.get("response") or {}).get("base64")
        if told:
            yield base64.b64decode(told).decode("latin-1")


ECHOES: Final = [form for secret in (*CANARIES, *TOGETHER) for form in encoded_forms(secret)]


def _cut_in_the_middle(secret: str) -> str:
    """Return a text in which the secret stands across each place where a report may cut."""
    text = ""
    for cut in _CUTS:
        text += "." * (cut - len(text) - len(secret) // 2) + secret
    return text


@contextmanager
def echoing_server(origin: str) -> Iterator[str]:
    """Run a server before another one that repeats every secret it hears of, and give its origin."""
    turns = itertools.count()
    with httpx.Client(base_url=origin, trust_env=False) as client:

        def answer(received: ReceivedRequest) -> Reply:
            address = urllib.parse.urlsplit(received.target)  # a proxy is asked for the whole of it
            target = address.path + (f"?{address.query}" if address.query else "")
            known = {"authorization", "content-type"}
            headers = [each for each in received.headers if each[0].lower() in known]
            passed = client.request(received.method, target, headers=headers, content=received.body or None)
            heard = [value for name, value in received.headers if "auth" in name.lower()]
            return _spoilt(next(turns), passed, [*ECHOES, *heard])

        with serve_replies(answer) as address:
            yield address


def _spoilt(turn: int, passed: httpx.Response, forms: list[str]) -> Reply:
    """Return an answer with secrets all over it; the first ones look like what they say."""
    kind, body = passed.headers.get("content-type", "application/json"), passed.content
    if turn > 20:
        kind, body = _spoilt_body(
            turn, kind, body, [forms[(turn * 7 + step) % len(forms)] for step in range(7)]
        )
    echoed = [(f"x-echo-{step}", forms[(turn * 6 + step) % len(forms)]) for step in range(6)]
    headers = (("content-type", kind), *echoed, (f"x-{KEY}", "told"), ("set-cookie", f"a={percent(TOKEN)}"))
    return Reply(passed.status_code, body, headers, f"Token {TOKEN} of {PROJECT}")


def _spoilt_body(turn: int, kind: str, body: bytes, some: list[str]) -> tuple[str, bytes]:
    if turn % 11 == 0:
        return "text/html", f"<p title='{'  '.join(some)}'>{_cut_in_the_middle(TOKEN)}".encode()
    if turn % 13 == 0:
        return kind, b"\xff\xfe" + f"{TOKEN} {PROJECT} {KEY}".encode("utf-16-le") + body
    if turn % 17 == 0:
        return kind, "".join(some).encode() + b"\xff\x00"
    with suppress(ValueError):
        told = json.loads(body)
        if isinstance(told, dict):
            return kind, json.dumps({**told, **_members(turn, some)}).encode()
    return kind, body


def _members(turn: int, some: list[str]) -> dict[str, Any]:
    return {
        "echo": some,
        "long": _cut_in_the_middle(CANARIES[turn % len(CANARIES)]),
        some[0]: "a name that tells",
        **({"display_name": f"{'x' * (turn % 60)}{TOKEN}", "quality": PROJECT} if turn % 3 == 0 else {}),
        **({"errors": [{"attribute": TOKEN, "code": KEY, "message": percent(KEY)}]} if turn % 7 == 0 else {}),
    }
