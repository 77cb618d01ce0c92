"""Shell command that reproduces a finding; secrets are read from environment variables."""

import shlex
import string
from collections.abc import Sequence
from typing import Final

from conformance.config.target import Target
from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from conformance.http.exchange import Exchange, Request

_CREATED_ID: Final = "$CREATED_ID"  # the id of the resource that the first command creates
_EXTRACT_ID: Final = "python3 -c 'import json,sys; print(json.load(sys.stdin)[\"id\"])'"


def curl_command(target: Target, exchange: Exchange, creator: Exchange | None) -> str:
    """Return a command that repeats an exchange, after a create of the resource in its path."""
    if creator is None or creator.id is None:
        return _command(target, exchange.request)
    create = f"CREATED_ID=$({_command(target, creator.request, quiet=True)} | {_EXTRACT_ID})"
    return f"{create}; {_command(target, exchange.request, resource_id=creator.id)}"


def _command(target: Target, request: Request, *, resource_id: str | None = None, quiet: bool = False) -> str:
    body, input_command = _body(request.body)
    options = ("curl -s",) if quiet else ("curl -s", "-i")
    parts = [input_command, *options, _method(request), request.credential.curl, *_headers(request), body]
    return " ".join([*(part for part in parts if part), _url(target, request, resource_id)])


def _method(request: Request) -> str:
    implied = "POST" if request.body else "GET"
    return "" if request.method == implied else f"-X {request.method}"


def _headers(request: Request) -> Sequence[str]:
    return [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in request.headers]


def _url(target: Target, request: Request, resource_id: str | None) -> str:
    base = str(target.url.copy_with(path="/", query=None)).rstrip("/")
    url = f"{base}{request.target}"
    has_secret = target.account.token in url or target.account.project in url
    if resource_id is None and not has_secret:
        return shlex.quote(url)
    escaped = url.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")
    for value, variable in (
        (target.account.token, f"${TOKEN_VARIABLE}"),
        (target.account.project, f"${PROJECT_VARIABLE}"),
    ):
        escaped = escaped.replace(value, variable)
    return f'"{escaped.replace(resource_id, _CREATED_ID) if resource_id else escaped}"'


def _body(body: bytes) -> tuple[str, str]:
    """Return the option for a body, and the command that pipes it in if it cannot be quoted."""
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
