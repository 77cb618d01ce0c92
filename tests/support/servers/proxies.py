"""Proxies on this machine: an HTTP proxy that forwards and tunnels, and a SOCKS5 proxy."""

import ipaddress
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.support.fake_targets import serve_connections


@dataclass
class Proxy:
    """A running proxy: its address and the requests that it received."""

    address: str = ""
    requests: list[str] = field(default_factory=list)


@contextmanager
def http_proxy(rejection: bytes = b"") -> Iterator[Proxy]:
    """Run an HTTP proxy; `rejection` is the status line of every response, if any."""
    proxy = Proxy()

    def talk(client: socket.socket) -> None:
        head = _head(client)
        method, target, _ = head.split(b"\r\n")[0].split(b" ")
        proxy.requests.append(f"{method.decode()} {target.decode()}")
        if rejection:
            client.sendall(rejection + b"\r\ncontent-length: 0\r\n\r\n")
            return
        if method == b"CONNECT":
            host, _, port = target.rpartition(b":")
            client.sendall(b"HTTP/1.1 200 connected\r\n\r\n")
            _join(client, (host.decode().strip("[]"), int(port)), b"")
            return
        authority, _, path = target.removeprefix(b"http://").partition(b"/")
        host, _, port = authority.rpartition(b":")
        forwarded = head.replace(target, b"/" + path, 1).replace(b"\r\n", b"\r\nconnection: close\r\n", 1)
        _join(client, (host.decode(), int(port)), forwarded)

    with serve_connections(talk) as proxy.address:
        yield proxy


@contextmanager
def socks_proxy() -> Iterator[Proxy]:
    """Run a SOCKS5 proxy without authentication (RFC 1928)."""
    proxy = Proxy()

    def talk(client: socket.socket) -> None:
        methods = _exactly(client, 2)[1]
        _exactly(client, methods)
        client.sendall(b"\x05\x00")
        kind = _exactly(client, 4)[3]
        length = {1: 4, 4: 16}.get(kind) or _exactly(client, 1)[0]
        address = _exactly(client, length)
        host = address.decode() if kind == 3 else str(ipaddress.ip_address(address))
        (port,) = struct.unpack(">H", _exactly(client, 2))
        proxy.requests.append(f"{host}:{port}")
        client.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        _join(client, (host, port), b"")

    with serve_connections(talk) as origin:
        proxy.address = origin.replace("http:", "socks5:")
        yield proxy


def _head(client: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        head += client.recv(65536) or b"\r\n\r\n"
    return head


def _exactly(client: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        data += client.recv(length - len(data)) or b"\0" * length
    return data


def _join(client: socket.socket, address: tuple[str, int], first: bytes) -> None:
    """Forward the data of both sides until either closes its connection."""
    with socket.create_connection(address) as server:
        server.sendall(first)
        responses = threading.Thread(target=_forward, args=(server, client), daemon=True)
        responses.start()
        _forward(client, server)
        responses.join()


def _forward(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
