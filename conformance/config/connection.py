"""How a target is reached: address, extra headers, TLS, proxy; each looked at before the first request.

Whatever cannot be used is a ConfigurationError that names it and the mend.
"""

import ipaddress
import re
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import httpx

from conformance.config.setting_types import ConfigurationError
from conformance.config.target import Connection
from conformance.http.credentials import PROJECT, TOKEN
from reports.files import input_files

_PROXIES: Final = ("http", "https", "socks5", "socks5h")
_LAST_PORT: Final = 65_535
_CERTIFICATES: Final = frozenset({".pem", ".crt", ".cer"})  # what is read of a folder
_HALF: Final = re.compile("https?:(?!//)")  # no name of a server, though it could be one
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token: RFC 9110, 5.6.2
_VALUE: Final = re.compile(r"[\t -~]*")
_OURS: Final[dict[str, str]] = {
    "authorization": f"credentials come from {PROJECT} and {TOKEN}",
    "content-length": "the suite counts the bodies that it sends",
    "transfer-encoding": "the suite counts the bodies that it sends",
}


def address(text: str, *, allow_http: bool = False, proxy: str | None = None) -> httpx.URL:
    """Return the address of a target: https where no scheme is given and the name is not loopback."""
    if "@" in text:
        raise ConfigurationError(
            f"--target must not hold credentials, as {masked(text)!r} does; set {PROJECT} and {TOKEN}"
        )
    url = _parsed(text if "://" in text else f"https://{text}", text)
    if "://" not in text and is_loopback(url.host):
        url = url.copy_with(scheme="http")
    if url.scheme not in {"http", "https"} or not url.host or _HALF.match(text):
        raise ConfigurationError(
            f"--target {masked(text)!r} needs scheme and host, such as https://example.signalwire.com"
        )
    if url.scheme == "http" and not allow_http:
        _check_plain(url, proxy)
    return url.copy_with(query=None, fragment=None)


def is_loopback(host: str) -> bool:
    """Tell whether a name or an address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def headers(texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return headers as they can be sent."""
    return tuple(map(_header, texts))


def checked(connection: Connection) -> Connection:
    """Return the connection, whose files can be read and whose proxy is an address."""
    if connection.ca or connection.client_cert:
        tls(connection)
    if connection.proxy:
        proxy(connection.proxy)
    return connection


def tls(connection: Connection, *, used: bool = True) -> ssl.SSLContext:
    """Return one TLS context for all connections: making it costs more than connecting.

    Where none will be used the system's authorities are not read: it trusts nobody. SSLKEYLOGFILE, which
    ssl.create_default_context would open, is not honored: its keys decrypt the recorded credentials.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if used and not connection.ca:
        context.load_default_certs()
    size = 0
    for path in _authorities(connection.ca) if connection.ca else ():
        size += _size("--ca", path, input_files.AUTHORITIES)
        if size > input_files.AUTHORITIES:
            raise ConfigurationError(
                f"--ca {connection.ca!r} holds more than {input_files.AUTHORITIES:,} bytes of certificates; "
                "name a file with those of the target's authority"
            )
        _trust(context, path)
    if connection.client_cert:
        _introduce(context, connection.client_cert)
    return context


def proxy(text: str, context: ssl.SSLContext | None = None) -> httpx.Proxy:
    """Return the proxy of an address, which may hold credentials and is never repeated with them."""
    url = _parsed(text, text, "--proxy")
    if url.scheme not in _PROXIES or not url.host:
        raise ConfigurationError(
            f"--proxy {masked(text)!r} needs scheme and host, such as http://proxy.example:3128; "
            f"the schemes are {', '.join(_PROXIES)}"
        )
    if url.path not in {"", "/"} or url.query or url.fragment:
        raise ConfigurationError(f"--proxy {masked(text)!r} is more than an address; leave the path out")
    return httpx.Proxy(url, ssl_context=context if url.scheme == "https" else None)


def masked(text: str) -> str:
    """Return an address as it may be shown: without user, password, query and fragment."""
    scheme, colon, rest = text.rpartition("://")
    shown = f"…@{rest.rpartition('@')[2]}" if "@" in rest else rest
    return scheme + colon + re.sub(r"[?#].*", "?…", shown, flags=re.DOTALL)


def _parsed(text: str, told: str, option: str = "--target") -> httpx.URL:
    try:
        url = httpx.URL(text)
        url.host.encode("idna")  # as those do that look it up
    except (httpx.InvalidURL, UnicodeError) as error:
        why = "" if "@" in text else f": {error}"  # which may repeat what stands before the @
        raise ConfigurationError(f"{option} {masked(told)!r} is no address{why}") from None
    if url.port is not None and not 1 <= url.port <= _LAST_PORT:
        raise ConfigurationError(f"{option} {masked(told)!r} is no address: ports end at {_LAST_PORT}")
    return url


def _check_plain(url: httpx.URL, through: str | None) -> None:
    hops = [url, *([proxy(through).url] if through else [])]
    open_ = next((hop.host for hop in hops if not is_loopback(hop.host)), None)
    if open_ is not None:
        raise ConfigurationError(
            f"--target {url} would send the credentials in the clear to {open_}; "
            "use https://, or --allow-http where that network is yours"
        )


def _header(text: str) -> tuple[str, str]:
    name, colon, value = (part.strip(" \t") for part in text.partition(":"))
    if not colon or not name:
        raise ConfigurationError("--header needs NAME:VALUE, and one of them has no name or no colon")
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f"--header {name!r} is no name of a header: letters, digits and hyphens")
    if not _VALUE.fullmatch(value):
        raise ConfigurationError(f"--header {name}: its value may hold printable ASCII characters only")
    if name.lower() in _OURS:
        raise ConfigurationError(f"--header {name} is not for you to set: {_OURS[name.lower()]}")
    return name, value


def _authorities(ca: str) -> Sequence[Path]:
    """Return the files that certificates of authorities stand in."""
    path = Path(ca)
    if not input_files.is_folder(path):
        return [path]
    found = sorted(each for each in path.iterdir() if each.suffix in _CERTIFICATES)
    if not found:
        raise ConfigurationError(f"--ca {ca!r} holds no certificates (*.pem, *.crt or *.cer)")
    return found


def _trust(context: ssl.SSLContext, path: Path) -> None:
    try:
        context.load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise ConfigurationError(
            f"--ca '{path}' holds no certificate that can be read (PEM): {_why(error)}"
        ) from None
    except OSError as error:
        raise ConfigurationError(f"--ca '{path}' cannot be read: {error.strerror}") from None


def _size(option: str, path: Path, limit: int) -> int:
    """Return how many bytes a file has; raise ConfigurationError where OpenSSL cannot read it to its end."""
    try:
        return input_files.readable_size(path, limit=limit)
    except input_files.InputFileError as error:
        raise ConfigurationError(f"{option} {error}") from None


def _introduce(context: ssl.SSLContext, told: str) -> None:
    """Have a certificate of our own: one file with its key in it, or two with a comma between them."""
    whole = input_files.exists(Path(told))
    certificate, comma, key = (told, "", "") if whole else told.partition(",")
    for path in (certificate, key) if comma else (certificate,):
        _size("--client-cert", Path(path), input_files.CREDENTIALS)
    try:
        context.load_cert_chain(certificate, key or None, password="")  # an encrypted key asks nobody
    except ssl.SSLError as error:
        raise ConfigurationError(
            f"--client-cert {told!r} cannot be used: {_why(error)}; it has to be one PEM file with a "
            "certificate and its key, not encrypted, or CERT,KEY"
        ) from None
    except OSError as error:
        raise ConfigurationError(f"--client-cert {told!r} cannot be read: {error.strerror}") from None


def _why(error: ssl.SSLError) -> str:
    return (error.reason or "no PEM").replace("_", " ").lower()
