"""A shell line for a finding: it sends what was sent and runs as printed, the secrets in the environment."""

import shlex
import string
from collections.abc import Sequence
from typing import Final

from conformance.config.target import Target
from conformance.http.credentials import PROJECT, TOKEN
from conformance.http.exchange import Exchange, Request

_MADE: Final = "$MADE"  # the id of the resource that the first step creates
_TAKE_ID: Final = "python3 -c 'import json,sys; print(json.load(sys.stdin)[\"id\"])'"


def reproduction(target: Target, exchange: Exchange, creator: Exchange | None) -> str:
    """Return a line that repeats an exchange, after the create that made what it addresses."""
    if creator is None or creator.id is None:
        return _line(target, exchange.request)
    first = f"MADE=$({_line(target, creator.request, quiet=True)} | {_TAKE_ID})"
    return f"{first}; {_line(target, exchange.request, made=creator.id)}"


def _line(target: Target, request: Request, *, made: str | None = None, quiet: bool = False) -> str:
    body, piped = _body(request.body)
    shown = () if quiet else ("-i",)
    parts = [piped, "curl -s", *shown, _method(request), request.credential.curl, *_headers(request), body]
    return " ".join([*(part for part in parts if part), _url(target, request, made)])


def _method(request: Request) -> str:
    implied = "POST" if request.body else "GET"
    return "" if request.method == implied else f"-X {request.method}"


def _headers(request: Request) -> Sequence[str]:
    return [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in request.headers]


def _url(target: Target, request: Request, made: str | None) -> str:
    base = str(target.url.copy_with(path="/", query=None)).rstrip("/")
    url = f"{base}{request.target}"
    secret = target.account.token in url or target.account.project in url
    if made is None and not secret:
        return shlex.quote(url)
    escaped = url.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")
    for value, variable in ((target.account.token, f"${TOKEN}"), (target.account.project, f"${PROJECT}")):
        escaped = escaped.replace(value, variable)
    return f'"{escaped.replace(made, _MADE) if made else escaped}"'


def _body(body: bytes) -> tuple[str, str]:
    """Return the option for a body and, where no shell word can hold it, the command that pipes it in."""
    if not body:
        return "", ""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return "--data-binary @-", _printf(body)
    if all(character.isprintable() or character in "\n\t" for character in text) and not text.startswith("@"):
        return f"--data-binary {shlex.quote(text)}", ""
    return "--data-binary @-", _printf(body)


def _printf(body: bytes) -> str:
    plain = (string.ascii_letters + string.digits).encode()
    octal = "".join(chr(byte) if byte in plain else f"\\{byte:03o}" for byte in body)
    return f"printf '{octal}' |"
