"""Validation of the connection settings: target URL, extra headers, TLS files and proxy.

Every function raises ConfigurationError for an invalid value, before the first request.
"""

import ipaddress
import re
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import httpx

from conformance.config.setting_types import ConfigurationError
from conformance.config.target import Connection, ConnectionTraits
from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from reports.files import input_files

_PROXY_SCHEMES: Final = ("http", "https", "socks5", "socks5h")
_MAX_PORT: Final = 65_535
_CERTIFICATE_SUFFIXES: Final = frozenset({".pem", ".crt", ".cer"})  # other files in a folder are ignored
_MISSING_SLASHES: Final = re.compile("https?:(?!//)")  # a mistyped scheme, not a host name with a port
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token: RFC 9110, 5.6.2
_HEADER_VALUE: Final = re.compile(r"[\t -~]*")
_RESERVED_HEADERS: Final[dict[str, str]] = {
    "authorization": f"; specify credentials with {PROJECT_VARIABLE} and {TOKEN_VARIABLE}",
    "content-length": "",
    "transfer-encoding": "",
}


def target_url(text: str, *, allow_http: bool = False, proxy: str | None = None) -> httpx.URL:
    """Return the URL of a target; the default scheme is http for a loopback host, otherwise https."""
    if "@" in text:
        raise ConfigurationError(
            f"--target {redact_url(text)!r} must not contain credentials; "
            f"set {PROJECT_VARIABLE} and {TOKEN_VARIABLE}"
        )
    url = _parsed_url(text if "://" in text else f"https://{text}", text)
    if "://" not in text and is_loopback(url.host):
        url = url.copy_with(scheme="http")
    if url.scheme not in {"http", "https"} or not url.host or _MISSING_SLASHES.match(text):
        raise ConfigurationError(
            f"--target {redact_url(text)!r} must be an http or https URL with a host, "
            "e.g. https://example.signalwire.com"
        )
    if url.scheme == "http" and not allow_http:
        _check_unencrypted(url, proxy)
    return url.copy_with(query=None, fragment=None)


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is a loopback address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def parse_headers(texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return headers, which are written as NAME:VALUE, as pairs of name and value."""
    return tuple(map(_parsed_header, texts))


def validate_connection(connection: Connection) -> Connection:
    """Return the connection; raise ConfigurationError if a TLS file or the proxy is not usable."""
    if connection.ca and not connection.verify_tls:
        raise ConfigurationError("--ca has no effect with --no-verify-tls; specify one of them")
    if connection.ca or connection.client_cert:
        tls_context(connection)
    if connection.proxy:
        parse_proxy(connection.proxy)
    return connection


def connection_traits(connection: Connection) -> ConnectionTraits:
    """Return what a connection uses, without paths and secrets."""
    ca, client_cert = connection.ca, connection.client_cert
    is_pair = client_cert is not None and "," in client_cert and not input_files.exists(Path(client_cert))
    return ConnectionTraits(
        ca=("folder" if input_files.is_folder(Path(ca)) else "file") if ca else None,
        client_cert=("pair" if is_pair else "file") if client_cert else None,
        proxy=connection.proxy is not None,
    )


def tls_context(connection: Connection, *, load_system_authorities: bool = True) -> ssl.SSLContext:
    """Return the TLS context for all connections: creating it costs more than connecting.

    The CA certificates of the system are loaded only if connections use TLS. SSLKEYLOGFILE, which
    ssl.create_default_context would open, is ignored: its keys decrypt the recorded credentials.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if load_system_authorities and not connection.ca:
        context.load_default_certs()
    total_size = 0
    for path in _ca_files(connection.ca) if connection.ca else ():
        total_size += _file_size("--ca", path, input_files.AUTHORITIES)
        if total_size > input_files.AUTHORITIES:
            raise ConfigurationError(
                f"--ca {connection.ca!r} contains more than {input_files.AUTHORITIES:,} bytes of "
                "certificates; specify a file with only the CA certificates of the target"
            )
        _load_ca_file(context, path)
    if connection.client_cert:
        _load_client_certificate(context, connection.client_cert)
    if not connection.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def parse_proxy(text: str, context: ssl.SSLContext | None = None) -> httpx.Proxy:
    """Return the proxy for a URL; credentials in the URL are never part of a message."""
    url = _parsed_url(text, text, "--proxy")
    if url.scheme not in _PROXY_SCHEMES or not url.host:
        raise ConfigurationError(
            f"--proxy {redact_url(text)!r} must be a URL with scheme and host, e.g. "
            f"http://proxy.example:3128; supported schemes: {', '.join(_PROXY_SCHEMES)}"
        )
    if url.path not in {"", "/"} or url.query or url.fragment:
        raise ConfigurationError(f"--proxy {redact_url(text)!r} must not have a path, query or fragment")
    return httpx.Proxy(url, ssl_context=context if url.scheme == "https" else None)


def redact_url(text: str) -> str:
    """Return a URL without username, password, query and fragment, for messages."""
    scheme, colon, rest = text.rpartition("://")
    location = f"…@{rest.rpartition('@')[2]}" if "@" in rest else rest
    return scheme + colon + re.sub(r"[?#].*", "?…", location, flags=re.DOTALL)


def _parsed_url(url_text: str, original_text: str, option: str = "--target") -> httpx.URL:
    try:
        url = httpx.URL(url_text)
        url.host.encode("idna")  # as name resolution does
    except (httpx.InvalidURL, UnicodeError) as error:
        reason = "" if "@" in url_text else f": {error}"  # it may repeat the credentials before the @
        raise ConfigurationError(
            f"{option} {redact_url(original_text)!r} is not a valid URL{reason}"
        ) from None
    if url.port is not None and not 1 <= url.port <= _MAX_PORT:
        raise ConfigurationError(
            f"{option} {redact_url(original_text)!r} is not a valid URL: "
            f"the port must be from 1 to {_MAX_PORT}"
        )
    return url


def _check_unencrypted(url: httpx.URL, proxy_text: str | None) -> None:
    hops = [url, *([parse_proxy(proxy_text).url] if proxy_text else [])]
    remote_host = next((hop.host for hop in hops if not is_loopback(hop.host)), None)
    if remote_host is not None:
        raise ConfigurationError(
            f"--target {url} would send credentials unencrypted to {remote_host}; "
            "use https://, or --allow-http on a trusted network"
        )


def _parsed_header(text: str) -> tuple[str, str]:
    name, colon, value = (part.strip(" \t") for part in text.partition(":"))
    if not colon or not name:
        raise ConfigurationError("--header must be NAME:VALUE; a header has no name or no colon")
    if not _HEADER_NAME.fullmatch(name):
        raise ConfigurationError(
            f"--header {name!r} is not a valid header name; use letters, digits and hyphens"
        )
    if not _HEADER_VALUE.fullmatch(value):
        raise ConfigurationError(f"--header {name}: the value must contain only printable ASCII characters")
    if name.lower() in _RESERVED_HEADERS:
        raise ConfigurationError(f"--header: {name} is set by the suite{_RESERVED_HEADERS[name.lower()]}")
    return name, value


def _ca_files(ca: str) -> Sequence[Path]:
    """Return the certificate files of --ca, which is a file or a folder."""
    path = Path(ca)
    if not input_files.is_folder(path):
        return [path]
    files = sorted(file for file in path.iterdir() if file.suffix in _CERTIFICATE_SUFFIXES)
    if not files:
        raise ConfigurationError(f"--ca {ca!r} contains no certificates (*.pem, *.crt or *.cer)")
    return files


def _load_ca_file(context: ssl.SSLContext, path: Path) -> None:
    try:
        context.load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise ConfigurationError(
            f"--ca '{path}' contains no readable PEM certificate: {_reason(error)}"
        ) from None
    except OSError as error:
        raise ConfigurationError(f"--ca '{path}' cannot be read: {error.strerror}") from None


def _file_size(option: str, path: Path, limit: int) -> int:
    """Return the size of a file in bytes; raise ConfigurationError if OpenSSL could not read all of it."""
    try:
        return input_files.readable_size(path, limit=limit)
    except input_files.InputFileError as error:
        raise ConfigurationError(f"{option} {error}") from None


def _load_client_certificate(context: ssl.SSLContext, text: str) -> None:
    """Load a client certificate with its key from one file, or from two paths separated by a comma."""
    is_one_file = input_files.exists(Path(text))
    certificate, comma, key = (text, "", "") if is_one_file else text.partition(",")
    for path in (certificate, key) if comma else (certificate,):
        _file_size("--client-cert", Path(path), input_files.CREDENTIALS)
    try:
        context.load_cert_chain(certificate, key or None, password="")  # never prompt for a password
    except ssl.SSLError as error:
        raise ConfigurationError(
            f"--client-cert {text!r} cannot be used: {_reason(error)}; specify one PEM file with a "
            "certificate and its unencrypted key, or CERT,KEY"
        ) from None
    except OSError as error:
        raise ConfigurationError(f"--client-cert {text!r} cannot be read: {error.strerror}") from None


def _reason(error: ssl.SSLError) -> str:
    return error.reason.replace("_", " ").lower() if error.reason else "not a PEM file"
