"""Proxies on this machine: one of HTTP that forwards and tunnels, one of SOCKS5."""

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
    """A proxy that is running: its address, and where it was asked to connect to."""

    address: str = ""
    asked: list[str] = field(default_factory=list)


@contextmanager
def http_proxy(refuse: bytes = b"") -> Iterator[Proxy]:
    """Run a proxy of HTTP; `refuse` is the status line that it answers everything with."""
    proxy = Proxy()

    def talk(client: socket.socket) -> None:
        head = _head(client)
        method, target, _ = head.split(b"\r\n")[0].split(b" ")
        proxy.asked.append(f"{method.decode()} {target.decode()}")
        if refuse:
            client.sendall(refuse + b"\r\ncontent-length: 0\r\n\r\n")
            return
        if method == b"CONNECT":
            host, _, port = target.rpartition(b":")
            client.sendall(b"HTTP/1.1 200 connected\r\n\r\n")
            _join(client, (host.decode().strip("[]"), int(port)), b"")
            return
        authority, _, path = target.removeprefix(b"http://").partition(b"/")
        host, _, port = authority.rpartition(b":")
        passed = head.replace(target, b"/" + path, 1).replace(b"\r\n", b"\r\nconnection: close\r\n", 1)
        _join(client, (host.decode(), int(port)), passed)

    with serve_connections(talk) as proxy.address:
        yield proxy


@contextmanager
def socks_proxy() -> Iterator[Proxy]:
    """Run a proxy of SOCKS5 that asks for no credentials (RFC 1928)."""
    proxy = Proxy()

    def talk(client: socket.socket) -> None:
        methods = _exactly(client, 2)[1]
        _exactly(client, methods)
        client.sendall(b"\x05\x00")
        kind = _exactly(client, 4)[3]
        length = {1: 4, 4: 16}.get(kind) or _exactly(client, 1)[0]
        named = _exactly(client, length)
        host = named.decode() if kind == 3 else str(ipaddress.ip_address(named))
        (port,) = struct.unpack(">H", _exactly(client, 2))
        proxy.asked.append(f"{host}:{port}")
        client.sendall(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
        _join(client, (host, port), b"")

    with serve_connections(talk) as address:
        proxy.address = address.replace("http:", "socks5:")
        yield proxy


def _head(client: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        head += client.recv(65536) or b"\r\n\r\n"
    return head


def _exactly(client: socket.socket, length: int) -> bytes:
    got = b""
    while len(got) < length:
        got += client.recv(length - len(got)) or b"\0" * length
    return got


def _join(client: socket.socket, address: tuple[str, int], first: bytes) -> None:
    """Pass on what either side says until one of them is gone."""
    with socket.create_connection(address) as server:
        server.sendall(first)
        back = threading.Thread(target=_pass, args=(server, client), daemon=True)
        back.start()
        _pass(client, server)
        back.join()


def _pass(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
