"""Shell command (bash, curl) that repeats a request; secrets are read from environment variables."""

import json
import re
import shlex
import string
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from conformance.config.target import Target
from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from conformance.http.exchange import Request

_MAX_ARGUMENT: Final = 100_000  # bytes; Linux allows 131,072 in one argument
_MIN_SAVED: Final = 60  # characters that a repeated part has to save
_REPEATED: Final = re.compile(r"(.{1,40}?)\1{9,}", re.DOTALL)
_CONTENT_TYPE: Final = "content-type"


def curl_command(
    target: Target, request: Request, *, options: str = "-i", variables: Mapping[str, str] | None = None
) -> str:
    """Return the command; `variables` are shell expressions that replace texts, such as the id in the URL."""
    body, input_command = _body(request.body, variables or {})
    if _last_segment(request) in (variables or {}):
        options = f"-g {options}"  # the target chooses the id, which may contain brackets
    parts = [input_command, "curl -s", options, _method(request), request.credential.curl, *_headers(request)]
    return " ".join([*filter(None, (*parts, body)), _url(target, request, variables or {})])


def _last_segment(request: Request) -> str:
    return request.path.rpartition("/")[2]


def _method(request: Request) -> str:
    if request.method == "HEAD":
        return "--head"
    implied = "POST" if request.body else "GET"
    return "" if request.method == implied else f"-X {request.method}"


def _headers(request: Request) -> Sequence[str]:
    headers = [f"{name}: {value}" if value else f"{name};" for name, value in request.headers]
    if request.body and not any(name.lower() == _CONTENT_TYPE for name, _ in request.headers):
        headers.append(f"{_CONTENT_TYPE}:")  # curl would add one of its own
    return [f"-H {_quoted(header)}" for header in headers]


def _url(target: Target, request: Request, variables: Mapping[str, str]) -> str:
    base = str(target.url.copy_with(path="/", query=None)).rstrip("/")
    url = f"{base}{request.target}"
    path, mark, query = url.partition("?")
    collection, slash, identifier = path.rpartition("/")
    account = target.account
    if identifier in variables:
        end = _double_quoted(mark + query, target)
        return f'"{_double_quoted(collection + slash, target)}{variables[identifier]}{end}"'
    has_secret = account.token in url or account.project in url
    return f'"{_double_quoted(url, target)}"' if has_secret else shlex.quote(url)


def _double_quoted(text: str, target: Target) -> str:
    """Return a text for use within double quotes, with variables in place of the credentials."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")
    return escaped.replace(target.account.token, f"${TOKEN_VARIABLE}").replace(
        target.account.project, f"${PROJECT_VARIABLE}"
    )


def _body(body: bytes, variables: Mapping[str, str]) -> tuple[str, str]:
    """Return the option for a body, and the command that pipes it in if it cannot be an argument."""
    if not body:
        return "", ""
    if b"\0" in body or len(body) > _MAX_ARGUMENT:
        return "--data-binary @-", _printf(body)
    text = body.decode("utf-8", "surrogateescape")
    return (
        f"{'--data-raw' if text.startswith('@') else '--data-binary'} {_with_variables(text, variables)}",
        "",
    )


def _with_variables(text: str, variables: Mapping[str, str]) -> str:
    """Return the shell word of a JSON text, with variables in place of the strings that they hold."""
    for value, variable in variables.items():
        before, quoted, after = text.partition(json.dumps(value, ensure_ascii=False))
        if quoted:
            return f"""{"".join(_pieces(f'{before}"'))}"{variable}"{"".join(_pieces(f'"{after}'))}"""
    return "".join(_pieces(text))


def _pieces(text: str) -> Iterator[str]:
    """Yield the shell words of a text, adjacent ones to be joined; a part that repeats is written once."""
    end = 0
    for match in _REPEATED.finditer(text):
        unit, count = match[1], len(match[0]) // len(match[1])
        repeated = _repeated(unit, count)
        if unit.isprintable() and len(match[0]) - len(repeated) >= _MIN_SAVED:
            if match.start() > end:
                yield _quoted(text[end : match.start()])
            yield repeated
            end = match.end()
    if end < len(text):
        yield _quoted(text[end:])


def _repeated(unit: str, count: int) -> str:
    """Return a shell word for a text that is repeated a number of times."""
    escaped = unit.replace("\\", "\\\\").replace("%", "%%")
    return f'"$(printf -- {shlex.quote(f"{escaped}%.0s")} {{1..{count}}})"'


def _quoted(text: str) -> str:
    """Return a shell word for a text without NUL, on one line and with printable characters only."""
    if text.isprintable():
        return shlex.quote(text)
    escaped = "".join(
        character
        if character.isprintable() and character not in "\\'"
        else "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))
        for character in text
    )
    return f"$'{escaped}'"


def _printf(body: bytes) -> str:
    plain = (string.ascii_letters + string.digits).encode()
    octal = "".join(chr(byte) if byte in plain else f"\\{byte:03o}" for byte in body)
    return f"printf '{octal}' |"
