"""pytest module (httpx only) that fails while a target has the finding, and passes at a conforming one."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from string import Formatter
from typing import Any, Final

from conformance.http.credentials import NO_CREDENTIALS, VALID, Credential, credential_with_label
from conformance.results.reproduction import connection_options
from conformance.results.reproduction.description import Description
from conformance.results.reproduction.python_text import INSTANT, needs_instant, text_expression

_MIN_STATUS: Final = 100  # smaller numbers stand for classes of statuses
_LINE: Final = 100  # characters of a line of the docstring
_INDENT: Final = " " * 12
_SECRETS: Final = {  # the texts that invalid credentials consist of
    "project": "PROJECT",
    "token": "TOKEN",
    "truncated": "TOKEN[:-1]",
    "first_half": "TOKEN[: len(TOKEN) // 2]",
    "other_case": "TOKEN.swapcase()",
    "uppercase": "TOKEN.upper()",
    "lowercase": "TOKEN.lower()",
    "other_case_project": "PROJECT.swapcase()",
    "last_changed": "TOKEN[:-1] + ('%' if TOKEN.endswith('#') else '#')",
    "project_changed": "PROJECT[:-1] + ('%' if PROJECT.endswith('#') else '#')",
    "first_changed": "('%' if TOKEN.startswith('#') else '#') + TOKEN[1:]",
}
_MEMBER: Final = '''
def member(response: httpx.Response, name: str) -> str:
    """Return a member of a JSON object, which can be part of a path; `none` if there is none."""
    try:
        text = str(response.json()[name])
    except (ValueError, LookupError, TypeError):
        return "none"
    return text if re.fullmatch("[A-Za-z0-9_~-][A-Za-z0-9._~-]*", text) else "none"
'''


def pytest_module(description: Description) -> str:
    """Return the module; raise KeyError for credentials that this version of the suite does not know."""
    return "\n".join(_Module(description).lines()) + "\n"


class _Module:
    def __init__(self, description: Description) -> None:
        self._description = description
        self._data = description.reproduction
        self._assertion = description.assertion
        self._steps = [step for group in self._data["groups"] for step in group]

    def lines(self) -> Iterator[str]:
        """Yield the lines of the module."""
        body = list(self._test())
        yield from self._docstring()
        yield ""
        text = "\n".join(body)
        modules = {
            "base64": "base64.",
            "datetime": "instant(",
            "re": "re.|member(",
            "secrets": "RUN",
            "ssl": "ssl.",
        }
        for name in sorted([*(name for name, uses in modules.items() if _any_in(uses, text)), "os"]):
            yield f"import {name}"
        if "pool." in text:
            yield "from concurrent.futures import ThreadPoolExecutor"
        yield ""
        yield "import httpx"
        if "pytest." in text:
            yield "import pytest"
        yield ""
        yield f'TARGET = os.environ.get("CONFORMANCE_TARGET", {self._description.address!r})'
        yield 'PROJECT = os.environ["SIGNALWIRE_PROJECT_ID"]'
        yield 'TOKEN = os.environ["SIGNALWIRE_API_TOKEN"]'
        if "RUN" in text:
            yield "RUN = secrets.token_hex(4)  # part of all names"
        yield ""
        if "member(" in text:
            yield from [_MEMBER, ""] if not needs_instant(self._assertion) else [_MEMBER]
        if needs_instant(self._assertion):
            yield from [INSTANT, ""]
        yield from body

    def _docstring(self) -> Iterator[str]:
        lines = [part for line in self._description.lines() for part in textwrap.wrap(line, _LINE)]
        usage = "Run it with pytest; it requires httpx. CONFORMANCE_TARGET is the URL of another server."
        escaped = [line.replace("\\", "\\\\").replace('"', '\\"') for line in (*lines, "", usage)]
        yield '"""' + escaped[0]
        yield from escaped[1:]
        yield '"""'

    def _test(self) -> Iterator[str]:
        yield f"def test_{self._description.entry['id'].lower().replace('-', '_')}() -> None:"
        yield from (f"    {line}" for line in _tls_lines(self._data["connection"]))
        yield f"    with httpx.Client({', '.join(self._client_arguments())}) as client:"
        yield "        created: list[str] = []"
        yield "        try:"
        number = 1
        for group in self._data["groups"]:
            for line in self._group(group, number):
                yield f"{_INDENT}{line}"
            number += len(group)
        for line in self._assertions():
            yield f"{_INDENT}{line}"
        yield "        finally:"
        yield "            for path in created:"
        yield "                client.delete(path, auth=(PROJECT, TOKEN))"

    def _client_arguments(self) -> Iterator[str]:
        connection = self._data["connection"]
        seconds = connection_options.timeout(connection)
        yield f"base_url=TARGET, timeout={seconds}, trust_env=False"
        if _has_tls_context(connection):
            yield "verify=context"
        if connection.get("proxy"):
            yield f'proxy=os.environ["{connection_options.PROXY}"]'
        headers = [
            f"{name!r}: os.environ[{connection_options.header_variable(name)!r}]"
            for name in connection.get("headers", ())
        ]
        if headers:
            yield f"headers={{{', '.join(headers)}}}"

    def _group(self, group: Sequence[Mapping[str, Any]], first: int) -> Iterator[str]:
        if len(group) == 1:
            yield from _call(f"response{first} = client.request", self._arguments(group[0]))
        else:
            yield "with ThreadPoolExecutor() as pool:"
            for number, step in enumerate(group, first):
                for line in _call(
                    f"future{number} = pool.submit", ["client.request", *self._arguments(step)]
                ):
                    yield f"    {line}"
            for number in range(first, first + len(group)):
                yield f"response{number} = future{number}.result()"
        for number, step in enumerate(group, first):
            if step["number"]:
                yield f'id{step["number"]} = member(response{number}, "id")'
                yield from self._note_created(step)
            if step["name"]:
                yield f'name{step["number"]} = response{number}.json()["name"]'

    def _note_created(self, step: Mapping[str, Any]) -> Iterator[str]:
        for path, names in self._data["created"].items():
            if f"ID{step['number']}" in names:
                yield f"created.append({f'{path}/'!r} + id{step['number']})"

    def _arguments(self, step: Mapping[str, Any]) -> list[str]:
        arguments = [repr(step["method"]), text_expression(step["target"])]
        credential = credential_with_label(step["credential"])
        headers = {name: repr(value) for name, value in step["headers"]}
        if credential == VALID:
            arguments.append("auth=(PROJECT, TOKEN)")
        elif credential != NO_CREDENTIALS:
            headers["authorization"] = _authorization(credential)
        if headers:
            members = ", ".join(f"{name!r}: {value}" for name, value in headers.items())
            arguments.append(f"headers={{{members}}}")
        if step["body"]:
            arguments.append(f"content={text_expression(step['body'])}")
        return arguments

    def _assertions(self) -> Iterator[str]:
        last, assertion = f"response{len(self._steps)}", self._assertion
        expected = repr(self._description.expected)
        rule = assertion.get("rule")
        if rule in {"status-in", "status-not-in"}:
            yield f"status = {last}.status_code"
            condition = _status_condition(assertion["value"], negated=rule == "status-not-in")
            yield f"assert {condition}, {expected}"
        elif rule == "one-success":
            numbers = [number for number, step in enumerate(self._steps, 1) if step["number"]]
            responses = ", ".join(f"response{number}" for number in numbers)
            yield f"assert sum(response.is_success for response in [{responses}]) <= 1, {expected}"
        elif rule in {"media-type", "header"}:
            yield from self._precondition(last)
            if rule == "header":
                yield f"assert {assertion['value']!r} in {last}.headers, {expected}"
            else:
                yield f'media_type = {last}.headers.get("content-type", "").partition(";")[0].strip()'
                yield f"assert media_type.lower() == {assertion['value']!r}, {expected}"
        elif rule:
            yield from self._precondition(last)
            yield f"body = {last}.json()"
            if "step" in assertion:
                yield f"earlier = response{assertion['step']}.json()"
            if rule != "json":
                yield f"assert {self._description.expression}, {expected}"
        else:
            yield f"pytest.skip({'; '.join(self._description.comparison)!r})"

    def _precondition(self, last: str) -> Iterator[str]:
        """Yield what ends the test if the last response is not of the kind that was assessed."""
        status = self._data["status"]
        if status in range(200, 300):
            yield f"assert {last}.is_success, {last}.text"
        elif status is not None:
            yield f"if {last}.status_code != {status}:"
            yield "    return"


def _call(function: str, arguments: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a call, one for each argument."""
    yield f"{function}("
    yield from (f"    {argument}," for argument in arguments)
    yield ")"


def _has_tls_context(connection: Mapping[str, Any]) -> bool:
    """Return whether a connection uses other TLS settings than the default."""
    used = (connection.get("ca"), connection.get("client_cert"))
    return any(used) or not connection_options.verifies_tls(connection)


def _tls_lines(connection: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines that create the TLS context of a connection, if it has one of its own."""
    if not _has_tls_context(connection):
        return
    argument = "capath" if connection.get("ca") == "folder" else "cafile"
    authorities = f'{argument}=os.environ["{connection_options.CA}"]' if connection.get("ca") else ""
    yield f"context = ssl.create_default_context({authorities})"
    if not connection_options.verifies_tls(connection):
        yield "context.check_hostname = False"
        yield "context.verify_mode = ssl.CERT_NONE  # the run did not verify the certificate either"
    names = {"file": [connection_options.CLIENT_CERTIFICATE]}
    names["pair"] = [*names["file"], connection_options.CLIENT_KEY]
    files = ", ".join(f'os.environ["{name}"]' for name in names.get(connection.get("client_cert") or "", ()))
    if files:
        yield f"context.load_cert_chain({files})"


def _status_condition(statuses: Sequence[int], *, negated: bool) -> str:
    """Return the condition for the variable `status`; 2 stands for all of 2xx."""
    classes = [status for status in statuses if status < _MIN_STATUS]
    single = [status for status in statuses if status >= _MIN_STATUS]
    terms = [
        f"{value} {'not in' if negated else 'in'} {{{', '.join(map(str, listed))}}}"
        for value, listed in (("status", single), ("status // 100", classes))
        if listed
    ]
    return (" and " if negated else " or ").join(terms)


def _authorization(credential: Credential) -> str:
    """Return the expression for the Authorization header of invalid credentials."""
    if credential.text is not None:
        return _filled(f"{credential.scheme} {credential.text}".strip())
    if credential.pair is None:
        return repr(credential.scheme)
    encoded = f"base64.b64encode(({_filled(credential.pair)}).encode()).decode()"
    prefix = f"{credential.scheme} {credential.prefix}".lstrip()
    return f"{prefix!r} + {encoded}" if prefix else encoded


def _filled(template: str) -> str:
    """Return the expression for a template of credentials."""
    parts = []
    for text, name, _, _ in Formatter().parse(template):
        parts += [repr(text)] if text else []
        parts += [_SECRETS[name]] if name else []
    return " + ".join(parts) or "''"


def _any_in(uses: str, text: str) -> bool:
    return any(use in text for use in uses.split("|"))
