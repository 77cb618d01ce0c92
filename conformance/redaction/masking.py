"""Masking of the account's secrets at the bottom of the transport stack: placeholders replace them above it.

Requests get the secrets just before they are sent, and responses lose them before anything else reads them.
So no check, report or traceback can contain a secret, whatever the target returns, and a replay of the
evidence sees exactly the values that the run saw.
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
from conformance.redaction.redactor import Marks, RedactFunction, Redactor, redact_headers
from conformance.redaction.response_secrets import mask_response_secrets
from spec.formats import is_uuid

_PROJECTS: Final = {
    (True, True): "57a2d512-0000-4000-8000-00000000000f",
    (True, False): "57325120-0000-4000-8000-000000000000",
    (False, True): "stands-in-for-the-project",
    (False, False): "0815471108154711",
}  # by whether it is a UUID and whether it has letters
_TOKEN: Final = "PTstandsInForTheToken"  # noqa: S105 - a placeholder, not a token
_DIGITS: Final = "4711081547110815"
ENCODED_PLACEHOLDER: Final = "stands-in-for-an-encoded-secret"
_MIN_SECRET_LENGTH: Final = 8  # characters of a header value that is treated as secret
_ORDINARY_HEADERS: Final = re.compile(
    r"accept(-.*)?|cache-control|connection|content-.*|date|expect|forwarded|from|host|if-.*|origin|pragma"
    r"|prefer|range|referer|te|trace(parent|state)|upgrade.*|user-agent|via|x-forwarded-.*"
)  # headers that are not secret, and whose values occur in responses for other reasons
_CACHE_SIZE: Final = 500  # bodies, and headers, of responses
_MAX_CACHED_BODY: Final = 4096  # bytes
_SEPARATORS: Final = re.compile(r"[\s,;]+")


def account_traits(account: Account) -> dict[str, bool]:
    """Return the traits of an account that checks depend on; they do not help to guess it."""
    token = account.token
    return {
        "uuid": is_uuid(account.project),
        "project_letters": account.project.swapcase() != account.project,
        "token_letters": token.swapcase() != token,
        "token_uppercase": token.upper() == token,
        "token_lowercase": token.lower() == token,
    }


def placeholder_account(traits: Mapping[str, bool]) -> Account:
    """Return the placeholder account with these traits, the same for each call."""
    token = _TOKEN if traits["token_letters"] else _DIGITS
    token = (
        token.upper() if traits["token_uppercase"] else token.lower() if traits["token_lowercase"] else token
    )
    return Account(_PROJECTS[traits["uuid"], traits["project_letters"]], token)


@dataclass(frozen=True)
class SecretMask:
    """Masks the secrets of an account in responses and unmasks them in requests."""

    account: Account
    other_secrets: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "SecretMask(…)"

    def __call__(self, text: str) -> str:
        """Return the text with placeholders for the secrets."""
        return self._redactor(text)

    @cached_property
    def placeholder_account(self) -> Account:
        """Return the account that is used above the bottom of the stack."""
        return placeholder_account(account_traits(self.account))

    @cached_property
    def _redactor(self) -> Redactor:
        marks = Marks(self.placeholder_account.token, self.placeholder_account.project, ENCODED_PLACEHOLDER)
        return Redactor(self.account, self.other_secrets, marks)

    @cached_property
    def for_display(self) -> RedactFunction:
        """Return a function that replaces secrets and placeholders by marks, for text shown to users."""
        redactor = Redactor(self.placeholder_account, (ENCODED_PLACEHOLDER,))
        return redactor if self.account == self.placeholder_account else lambda text: redactor(self(text))

    def mask_target(self, target: Target) -> Target:
        """Return the target with its secrets masked."""
        return replace(
            target,
            url=httpx.URL(self(str(target.url))),
            account=self.placeholder_account,
            base_paths={name: self(path) for name, path in target.base_paths.items()},
            active_session=target.active_session and self(target.active_session),
        )

    def mask_settings(self, settings: Settings) -> Settings:
        """Return the settings with their secrets masked, without the connection except for `verify_tls`."""
        waivers = tuple(replace(waiver, reason=self(waiver.reason)) for waiver in settings.waivers)
        target = self.mask_target(settings.target)
        names = tuple(name for name, _ in settings.connection.headers) or settings.header_names
        return replace(
            settings,
            target=target,
            connection=Connection(verify_tls=settings.connection.verify_tls),
            waivers=waivers,
            baseline=settings.baseline and settings.baseline.masked(self),
            header_names=names,
        )

    def mask_exchange(self, exchange: Exchange) -> Exchange:
        """Return the exchange with its secrets masked."""
        request, response = exchange.request, exchange.response
        return Exchange(
            exchange.number,
            exchange.origin,
            self._mask_request(request),
            response and self._mask_response(response),
            exchange.failure and self._mask_text(exchange.failure),
            exchange.started,
            exchange.seconds,
        )

    def unmask(self, path: bytes) -> bytes:
        """Return path and query with the secrets in place of their placeholders."""
        for placeholder, secret in self._url_pairs:
            path = path.replace(placeholder, secret)
        return path

    @cached_property
    def _url_pairs(self) -> Sequence[tuple[bytes, bytes]]:
        """The placeholders, and the URL-encoded secrets that replace them."""
        pairs = (
            (self.placeholder_account.token, self.account.token),
            (self.placeholder_account.project, self.account.project),
        )
        return [
            (placeholder.encode(), urllib.parse.quote(secret, safe="").encode())
            for placeholder, secret in pairs
        ]

    def _mask_request(self, request: Request) -> Request:
        return Request(
            request.method,
            self(request.target),
            redact_headers(request.headers, self),
            _rewrite(request.body, self._redactor.redact_composed),
            request.credential,
        )

    def _mask_response(self, response: Response) -> Response:
        mask = self._recent_body if len(response.body) <= _MAX_CACHED_BODY else self._mask_body
        headers = tuple(self._recent_header(name, value) for name, value in response.headers)
        return Response(response.status, headers, mask(response.body))

    @cached_property
    def _recent_body(self) -> Callable[[bytes], bytes]:
        """Bodies repeat: a get returns what the create returned, and error bodies are alike."""
        return lru_cache(_CACHE_SIZE)(self._mask_body)

    @cached_property
    def _recent_header(self) -> Callable[[str, str], tuple[str, str]]:
        return lru_cache(_CACHE_SIZE)(self._mask_header)

    def _mask_body(self, body: bytes) -> bytes:
        return _rewrite(body, self._mask_text)

    def _mask_text(self, text: str) -> str:
        """Return a text of the target without the account's secrets and those that it issues itself."""
        return self._issued.mask(self(mask_response_secrets(text)))

    def _mask_header(self, name: str, value: str) -> tuple[str, str]:
        return self(name), self._issued.mask_header(name, self(mask_response_secrets(value)))

    @cached_property
    def _issued(self) -> IssuedSecrets:
        return IssuedSecrets(
            (self.placeholder_account.token, self.placeholder_account.project, ENCODED_PLACEHOLDER)
        )


def secret_mask(account: Account, connection: Connection) -> SecretMask:
    """Return the mask for the secrets of the account, the connection and the environment."""
    secrets = (*connection_secrets(connection), *_environment_secrets())
    return SecretMask(account, tuple(dict.fromkeys(secrets)))


def connection_secrets(connection: Connection) -> tuple[str, ...]:
    """Return the values of the user's own headers and the password of the proxy."""
    return (*_header_secrets(connection), *_proxy_secrets(connection.proxy))


def _rewrite(body: bytes, rewrite: RedactFunction) -> bytes:
    """Return the bytes with their text rewritten, decoded as UTF-8 or else byte by byte."""
    try:
        text, coding = body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, coding = body.decode("latin-1"), "latin-1"
    written = rewrite(text)
    return body if written == text else written.encode(coding)


def _header_secrets(connection: Connection) -> Iterator[str]:
    """Yield the values of the user's own headers, whole and in parts."""
    for name, value in connection.headers:
        if _ORDINARY_HEADERS.fullmatch(name.lower()):
            continue
        pieces = _SEPARATORS.split(value)
        cookie_values = [piece.partition("=")[2] for piece in pieces]
        yield from (part for part in (value, *pieces, *cookie_values) if len(part) >= _MIN_SECRET_LENGTH)


def _environment_secrets() -> Iterator[str]:
    """Yield the credentials in the environment, which may belong to another target."""
    for account in known_accounts({}):
        yield from filter(None, (account.project, account.token))


def _proxy_secrets(proxy: str | None) -> Iterator[str]:
    """Yield username and password in the URL of a proxy, and the values of its query."""
    address, _, query = (proxy or "").partition("?")
    user, at, _ = address.partition("://")[2].rpartition("@")
    for part in (
        *(user.split(":", 1) if at else ()),
        *(field.partition("=")[2] for field in query.split("&")),
    ):
        yield from {part, urllib.parse.unquote(part)} - {""}
    if at:
        yield urllib.parse.unquote(user)
