"""Shell script (POSIX sh, curl) that reproduces a finding and decides whether it is still there."""

import base64
import re
import shlex
import string
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE, VALID, credential_with_label
from conformance.results.reproduction.connection_options import curl_options, timeout, variables
from conformance.results.reproduction.description import Description
from conformance.results.reproduction.python_text import INSTANT, needs_instant
from conformance.results.reproduction.python_text import name_of as python_name

_STATUS_RULES: Final = frozenset({"status-in", "status-not-in", "one-success"})
_STATUS_CLASSES: Final = range(1, 6)
_NO_RESPONSE: Final = "000"  # the status that curl prints
_LINE: Final = 100  # characters of a comment
_PRINTABLE_OR_NOT: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f]+|[\x00-\x1f\x7f-\x9f]+")
_CONTINUED: Final = " \\\n  "  # between the arguments of a command
_FUNCTIONS: Final = """\
send() { # number of the response, options of curl, URL
  number=$1
  shift
  curl -s -g --path-as-is -m "$TIMEOUT" -D "$D/$number.headers" \\
    -o "$D/$number.body" -w '%{http_code}' "$@" > "$D/$number.status"
}
show() { # number of the response
  touch "$D/$1.body"
  printf 'response %s: status %s\\n' "$1" "$(cat "$D/$1.status")"
  LC_ALL=C tr -cd '\\11\\12\\40-\\176' < "$D/$1.body"
  echo
}
member() { # number of the response, name of a member; prints none if there is none
  python3 -c 'import json, sys; print(json.load(open(sys.argv[1], "rb"))[sys.argv[2]])' \\
    "$D/$1.body" "$2" 2> /dev/null || echo none
}
id() { # number of the response
  value=$(member "$1" id)
  case $value in
    '' | .* | *[!A-Za-z0-9._~-]*) echo none ;;
    *) echo "$value" ;;
  esac
}
"""
_REPEAT: Final = """\
repeat() { # text, count
  i=0
  while [ "$i" -lt "$2" ]; do
    printf '%s' "$1"
    i=$((i + 1))
  done
}
"""


def shell_script(description: Description) -> str:
    """Return the script; raise KeyError for credentials that this version of the suite does not know."""
    return "\n".join(_Script(description).lines()) + "\n"


class _Script:
    def __init__(self, description: Description) -> None:
        self._description = description
        self._data = description.reproduction
        self._steps = [step for group in self._data["groups"] for step in group]
        self._connection = curl_options(self._data["connection"])

    def lines(self) -> Iterator[str]:
        """Yield the lines of the script."""
        yield "#!/bin/sh"
        yield from _comment(self._description.lines())
        yield from _comment(self._usage())
        yield "set -u"
        for name in (PROJECT_VARIABLE, TOKEN_VARIABLE, *variables(self._data["connection"])):
            yield f'if [ -z "${{{name}-}}" ]; then echo "{name} is not set" >&2; exit 2; fi'
        yield f"TARGET=${{CONFORMANCE_TARGET:-{shlex.quote(self._description.address)}}}"
        yield f"TIMEOUT={timeout(self._data['connection'])}  # seconds for a response"
        yield "RUN=$(od -An -N4 -tx1 /dev/urandom | tr -d ' \\n')  # part of all names"
        yield "D=$(mktemp -d) || exit 2"
        yield ""
        yield (_REPEAT if '"repeat":' in self._description.text else "") + _FUNCTIONS
        yield from self._clean_up()
        number = 1
        for group in self._data["groups"]:
            yield from self._group(group, number)
            number += len(group)
        yield ""
        yield from self._verdict()

    def _usage(self) -> Iterator[str]:
        names = ", ".join((PROJECT_VARIABLE, TOKEN_VARIABLE, *variables(self._data["connection"])))
        yield f"Requires curl and python3, and reads {names} from the environment."
        yield "CONFORMANCE_TARGET is the URL of another server to send the requests to."
        yield "Exit codes: 0 not violated, 1 violated, 2 cannot run, 3 compare the responses yourself."

    def _clean_up(self) -> Iterator[str]:
        names = [name for listed in self._data["created"].values() for name in listed]
        yield from (f"{name}=none" for name in names)
        yield "clean_up() {"
        for path, listed in self._data["created"].items():
            ids = " ".join(f'"${name}"' for name in listed)
            delete = f'curl -s -g -o /dev/null -m "$TIMEOUT"{self._connection} -X DELETE'
            url = f'"$TARGET"{shlex.quote(f"{path}/")}"$id"'
            yield f"  for id in {ids}; do"
            yield "    " + _CONTINUED.join([delete, f"  {VALID.curl}", f"  {url}"])
            yield "  done"
        yield '  rm -rf "$D"'
        yield "}"
        yield "trap clean_up EXIT"
        yield "trap 'exit 2' HUP INT TERM"

    def _group(self, group: Sequence[Mapping[str, Any]], first: int) -> Iterator[str]:
        yield ""
        for number, step in enumerate(group, first):
            yield from _body_lines(step, number)
            yield self._send(step, number) + (" &" if len(group) > 1 else "")
        if len(group) > 1:
            yield "wait"
        for number, step in enumerate(group, first):
            if step["number"]:
                yield f"ID{step['number']}=$(id {number})"
            if step["name"]:
                yield f"NAME{step['number']}=$(member {number} name)"
            yield f"show {number}"

    def _send(self, step: Mapping[str, Any], number: int) -> str:
        method = "--head" if step["method"] == "HEAD" else f"-X {step['method']}"
        headers = [f"-H {_header(name, value)}" for name, value in step["headers"]]
        if step["body"] and not any(name.lower() == "content-type" for name, _ in step["headers"]):
            headers.append("-H content-type:")  # curl would add one of its own
        body = f'--data-binary @"$D/{number}.request"' if step["body"] else ""
        credential = credential_with_label(step["credential"]).curl
        url = f'"$TARGET"{"".join(map(_word, step["target"]))}'
        options = f"{credential}{self._connection}".strip()
        return _CONTINUED.join(filter(None, [f"send {number} {method}", options, *headers, body, url]))

    def _verdict(self) -> Iterator[str]:
        number = len(self._steps)
        yield f'status=$(cat "$D/{number}.status")'
        if self._data["status"] is not None:
            yield f'if [ "$status" = {_NO_RESPONSE} ]; then echo "no response" >&2; exit 2; fi'
        else:
            yield f'if [ "$status" = {_NO_RESPONSE} ]; then echo "violated: no response"; exit 1; fi'
        assertion = self._description.assertion
        if not assertion:
            yield from _reader_lines(self._description)
            return
        if assertion["rule"] not in _STATUS_RULES:
            yield from self._precondition()
        yield from self._condition(assertion, number)

    def _precondition(self) -> Iterator[str]:
        """Yield the lines that end the script if the last response is not of the kind that was assessed."""
        status = self._data["status"]
        if status is None:
            return
        if status in range(200, 300):
            yield "case $status in"
            yield "  2??) ;;"
            yield '  *) echo "the request was not successful: nothing to compare" >&2; exit 2 ;;'
            yield "esac"
        else:
            yield f'if [ "$status" != {status} ]; then echo "not violated"; exit 0; fi'

    def _condition(self, assertion: Mapping[str, Any], number: int) -> Iterator[str]:
        rule, value = assertion["rule"], assertion.get("value")
        if rule in {"status-in", "status-not-in"}:
            patterns = " | ".join(map(_status_pattern, value or ()))
            listed, other = ("0", "1") if rule == "status-in" else ("1", "0")
            yield "case $status in"
            yield f"  {patterns}) {_result(listed)} ;;"
            yield f"  *) {_result(other)} ;;"
            yield "esac"
        elif rule in {"media-type", "header"}:
            name = re.escape(str(value))
            pattern = f"^content-type: *{name} *(;|.?$)" if rule == "media-type" else f"^{name}:"
            yield f'if grep -qiE {shlex.quote(pattern)} "$D/{number}.headers"; then {_result("0")}; fi'
            yield _result("1")
        elif rule == "one-success":
            files = " ".join(f'"$D/{at}.status"' for at, step in enumerate(self._steps, 1) if step["number"])
            yield "successes=0"
            yield f"for file in {files}; do"
            yield '  case $(cat "$file") in 2??) successes=$((successes + 1)) ;; esac'
            yield "done"
            yield f'if [ "$successes" -gt 1 ]; then {_result("1")}; fi'
            yield 'echo "not violated this time: it depends on timing; repeat the script"; exit 0'
        else:
            yield from self._body_condition(assertion, number)

    def _body_condition(self, assertion: Mapping[str, Any], number: int) -> Iterator[str]:
        """Yield the lines that decide an assertion on a body with Python."""
        expression = "True" if assertion["rule"] == "json" else self._description.expression
        used = sorted({*re.findall(r'\{"variable": "(\w+)"\}', self._description.assertion_text)})
        settings = "".join(f'{name}="${name}" ' for name in used)
        bodies = f'"$D/{number}.body" "$D/{assertion.get("step", number)}.body"'
        yield f"if {settings}python3 - {bodies} << 'EOF'"
        yield "import datetime, json, os, re, sys" if needs_instant(assertion) else "import json, os, re, sys"
        if needs_instant(assertion):
            yield INSTANT
        yield from (f"{python_name(name)} = os.environ[{name!r}]" for name in used)
        yield "try:"
        yield '    body, earlier = (json.load(open(path, "rb")) for path in sys.argv[1:])'
        yield f"    holds = bool({expression})"
        yield "except (ValueError, LookupError, TypeError, AttributeError):"
        yield "    holds = False"
        yield "sys.exit(0 if holds else 1)"
        yield "EOF"
        yield f"then {_result('0')}; fi"
        yield _result("1")


def _status_pattern(status: int) -> str:
    return f"{status}??" if status in _STATUS_CLASSES else str(status)


def _result(code: str) -> str:
    return f'echo "{"violated" if code == "1" else "not violated"}"; exit {code}'


def _reader_lines(description: Description) -> Iterator[str]:
    yield f"printf '%s\\n' {' '.join(map(shlex.quote, description.comparison))}"
    yield "exit 3"


def _comment(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield from textwrap.wrap(line, _LINE, initial_indent="# ", subsequent_indent="#   ")


def _header(name: str, value: str) -> str:
    if value == "":
        return shlex.quote(f"{name};")
    text = f"{name}: {value}"
    return shlex.quote(text) if text.isprintable() else _word(text)


def _word(piece: Any) -> str:
    """Return a shell word for a piece of a URL or a header, which has no line breaks at its end."""
    if isinstance(piece, dict):
        if "variable" in piece:
            return f'"${piece["variable"]}"'
        return f'"$(repeat {shlex.quote(piece["repeat"])} {piece["count"]})"'
    if piece.isprintable():
        return shlex.quote(piece)
    return f"\"$(printf '{_octal(piece)}')\""


def _body_lines(step: Mapping[str, Any], number: int) -> Iterator[str]:
    """Yield the command that writes a body to a file."""
    if not step["body"]:
        return
    commands = list(_print_commands(step["body"]))
    text = commands[0] if len(commands) == 1 else "{ " + "; ".join(commands) + "; }"
    yield f'{text} > "$D/{number}.request"'


def _print_commands(pieces: Sequence[Any]) -> Iterator[str]:
    """Yield the commands that print a text; adjacent shell words are printed by one command."""
    words: list[str] = []
    for part, is_word in (pair for piece in pieces for pair in _parts(piece)):
        if is_word:
            words.append(part)
            continue
        yield from _print_words(words)
        words = []
        yield part
    yield from _print_words(words)


def _print_words(words: Sequence[str]) -> Iterator[str]:
    if words:
        yield f"printf '%s' {' '.join(words)}"


def _parts(piece: Any) -> Iterator[tuple[str, bool]]:
    """Yield shell words and commands that print a piece, each with whether it is a word."""
    if isinstance(piece, str):
        for part in _PRINTABLE_OR_NOT.findall(piece):
            yield (shlex.quote(part), True) if part.isprintable() else (f"printf '{_octal(part)}'", False)
    elif "base64" in piece:
        yield f"printf '{_octal(base64.b64decode(piece['base64']))}'", False
    elif "variable" in piece:
        yield f'"${piece["variable"]}"', True
    elif piece["repeat"].isprintable():
        yield f"repeat {shlex.quote(piece['repeat'])} {piece['count']}", False
    else:  # command substitution removes line breaks at the end, but not before an x
        unit = f"unit=$(printf '{_octal(piece['repeat'])}x')"
        yield f'{unit}; repeat "${{unit%x}}" {piece["count"]}', False


def _octal(data: str | bytes) -> str:
    """Return the format of printf for a text or bytes."""
    encoded = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    plain = string.ascii_letters + string.digits
    return "".join(chr(byte) if chr(byte) in plain else f"\\{byte:03o}" for byte in encoded)
