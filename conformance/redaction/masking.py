"""The account's secrets stay at the bottom of the stack: all above knows stand-ins for them.

What is sent gets the secrets on its way out, and what comes back loses them before anybody sees it. So no
check, no report and no traceback has a secret to tell, whatever the target does, and a run that is judged
again from its evidence sees exactly what the run saw.
"""

import re
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Final

import httpx

from conformance.config.credentials_input import known_accounts
from conformance.config.settings import Settings
from conformance.config.target import Connection, Target
from conformance.http.credentials import Account
from conformance.http.exchange import Exchange, Request, Response
from conformance.redaction.issued_secrets import IssuedSecrets
from conformance.redaction.redactor import Marks, Redaction, Redactor, redacted
from conformance.redaction.response_secrets import without_returned_secrets
from spec.formats import is_uuid

_PROJECTS: Final = {
    (True, True): "57a2d512-0000-4000-8000-00000000000f",
    (True, False): "57325120-0000-4000-8000-000000000000",
    (False, True): "stands-in-for-the-project",
    (False, False): "0815471108154711",
}  # by whether it is a UUID and whether it has letters
_TOKEN: Final = "PTstandsInForTheToken"  # noqa: S105 - opens nothing
_DIGITS: Final = "4711081547110815"
ENCODED: Final = "stands-in-for-an-encoded-secret"
_LONG_ENOUGH: Final = 8  # characters of a header's value that is kept secret
_ORDINARY: Final = re.compile(
    r"accept(-.*)?|cache-control|connection|content-.*|date|expect|forwarded|from|host|if-.*|origin|pragma"
    r"|prefer|range|referer|te|trace(parent|state)|upgrade.*|user-agent|via|x-forwarded-.*"
)  # headers that hold no secret, and whose values stand in answers for reasons of their own
_REMEMBERED: Final = 500  # bodies, and headers, of responses
_REMEMBERED_SIZE: Final = 4096  # bytes
_PIECES: Final = re.compile(r"[\s,;]+")


def kind_of(account: Account) -> dict[str, bool]:
    """Return what the checks go by in an account, and nothing that helps to guess it."""
    token = account.token
    return {
        "uuid": is_uuid(account.project),
        "project_letters": account.project.swapcase() != account.project,
        "token_letters": token.swapcase() != token,
        "token_capitals": token.upper() == token,
        "token_small": token.lower() == token,
    }


def stand_in(kind: Mapping[str, bool]) -> Account:
    """Return an account of that kind, the same one every time."""
    token = _TOKEN if kind["token_letters"] else _DIGITS
    token = token.upper() if kind["token_capitals"] else token.lower() if kind["token_small"] else token
    return Account(_PROJECTS[kind["uuid"], kind["project_letters"]], token)


@dataclass(frozen=True)
class Seal:
    """Takes the secrets of an account out of what is seen, and puts them into what is sent."""

    account: Account
    others: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Seal(…)"

    def __call__(self, text: str) -> str:
        """Return the text with stand-ins for the secrets."""
        return self._redactor(text)

    @cached_property
    def stand_in(self) -> Account:
        """Return the account that all but the bottom of the stack knows."""
        return stand_in(kind_of(self.account))

    @cached_property
    def _redactor(self) -> Redactor:
        marks = Marks(self.stand_in.token, self.stand_in.project, ENCODED)
        return Redactor(self.account, self.others, marks)

    @cached_property
    def told(self) -> Redaction:
        """Return what makes a text fit for people: with marks in the place of secrets and stand-ins alike."""
        marked = Redactor(self.stand_in, (ENCODED,))
        return marked if self.account == self.stand_in else lambda text: marked(self(text))

    def target(self, target: Target) -> Target:
        """Return the target as it is known above."""
        return replace(
            target,
            url=httpx.URL(self(str(target.url))),
            account=self.stand_in,
            base_paths={name: self(path) for name, path in target.base_paths.items()},
            active_session=target.active_session and self(target.active_session),
        )

    def settings(self, settings: Settings) -> Settings:
        """Return the settings as they are known above: how the target is reached is nobody's business."""
        waivers = tuple(replace(each, reason=self(each.reason)) for each in settings.waivers)
        target = self.target(settings.target)
        names = tuple(name for name, _ in settings.connection.headers) or settings.header_names
        return replace(settings, target=target, connection=Connection(), waivers=waivers, header_names=names)

    def exchange(self, exchange: Exchange) -> Exchange:
        """Return the exchange as it is known above."""
        request, response = exchange.request, exchange.response
        return Exchange(
            exchange.number,
            exchange.origin,
            self._request(request),
            response and self._response(response),
            exchange.failure and self._received(exchange.failure),
            exchange.started,
            exchange.seconds,
        )

    def opened(self, path: bytes) -> bytes:
        """Return path and query as they are sent."""
        for known, secret in self._in_addresses:
            path = path.replace(known, secret)
        return path

    @cached_property
    def _in_addresses(self) -> Sequence[tuple[bytes, bytes]]:
        """The stand-ins, and what stands for them in an address."""
        pairs = (
            (self.stand_in.token, self.account.token),
            (self.stand_in.project, self.account.project),
        )
        return [(known.encode(), urllib.parse.quote(secret, safe="").encode()) for known, secret in pairs]

    def _request(self, request: Request) -> Request:
        return Request(
            request.method,
            self(request.target),
            redacted(request.headers, self),
            _rewritten(request.body, self._redactor.composed),
            request.credential,
        )

    def _response(self, response: Response) -> Response:
        rewrite = self._recent_body if len(response.body) <= _REMEMBERED_SIZE else self._body
        headers = tuple(self._recent_header(name, value) for name, value in response.headers)
        return Response(response.status, headers, rewrite(response.body))

    @cached_property
    def _recent_body(self) -> Callable[[bytes], bytes]:
        """A get receives what the create did, and errors are alike: most bodies come again."""
        return lru_cache(_REMEMBERED)(self._body)

    @cached_property
    def _recent_header(self) -> Callable[[str, str], tuple[str, str]]:
        return lru_cache(_REMEMBERED)(self._header)

    def _body(self, body: bytes) -> bytes:
        return _rewritten(body, self._received)

    def _received(self, text: str) -> str:
        """Return a text of the target without the account's secrets, and those that it issues itself."""
        return self._issued.masked(self(without_returned_secrets(text)))

    def _header(self, name: str, value: str) -> tuple[str, str]:
        return self(name), self._issued.masked_header(name, self(without_returned_secrets(value)))

    @cached_property
    def _issued(self) -> IssuedSecrets:
        return IssuedSecrets((self.stand_in.token, self.stand_in.project, ENCODED))


def seal(account: Account, connection: Connection) -> Seal:
    """Return the seal for an account, for what the user keeps secret about the way, and the environment."""
    told = (*_of_headers(connection), *_of_proxy(connection.proxy), *_of_environment())
    return Seal(account, tuple(dict.fromkeys(told)))


def _rewritten(body: bytes, rewrite: Redaction) -> bytes:
    """Return the bytes with their text rewritten: as UTF-8, or byte by byte where it is something else."""
    try:
        text, coding = body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, coding = body.decode("latin-1"), "latin-1"
    written = rewrite(text)
    return body if written == text else written.encode(coding)


def _of_headers(connection: Connection) -> Iterator[str]:
    """Yield the values of the user's own headers, whole and in their parts."""
    for name, value in connection.headers:
        if _ORDINARY.fullmatch(name.lower()):
            continue
        pieces = _PIECES.split(value)
        named = [piece.partition("=")[2] for piece in pieces]  # of a cookie
        yield from (each for each in (value, *pieces, *named) if len(each) >= _LONG_ENOUGH)


def _of_environment() -> Iterator[str]:
    """Yield the credentials of the environment, which may be meant for another target than this one."""
    for account in known_accounts({}):
        yield from filter(None, (account.project, account.token))


def _of_proxy(proxy: str | None) -> Iterator[str]:
    """Yield user and password of a proxy's address, and the values of its query."""
    address, _, query = (proxy or "").partition("?")
    user, at, _ = address.partition("://")[2].rpartition("@")
    for part in (*(user.split(":", 1) if at else ()), *(each.partition("=")[2] for each in query.split("&"))):
        yield from {part, urllib.parse.unquote(part)} - {""}
    if at:
        yield urllib.parse.unquote(user)
