"""The server as a command: `python -m reference --port 8080`."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress

from reference.app import Settings, create_app
from reference.registry import UnknownIdError, listing
from reference.server import serve
from reference.standard_output import announce

_LAST_PORT = 65_535


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until told to stop."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.list:
        announce(listing())
        return
    settings = Settings(
        faults=tuple(options.fault),
        variants=tuple(options.variant),
        latency=options.latency / 1000,
    )
    try:
        app = create_app(settings)
    except UnknownIdError as error:
        parser.error(f"{error}; --list names them all")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # what the server does once it has stopped
    if options.until_eof:
        threading.Thread(target=_end_with_input, daemon=True).start()
    with suppress(KeyboardInterrupt):
        serve(app, options.host, options.port)


def _end_with_input() -> None:
    """End when whoever started this server has ended, however that came about."""
    while os.read(0, 1):  # not through sys.stdin, whose lock would be held when the interpreter ends
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="reference", description="Serve the Conference API from memory.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=_port, default=0, help="the port to listen on; 0: any free one")
    parser.add_argument("--fault", action="extend", nargs="+", default=[], metavar="ID", help="be wrong")
    parser.add_argument("--variant", action="extend", nargs="+", default=[], metavar="ID", help="differ")
    parser.add_argument("--latency", type=float, default=0.0, metavar="MS", help="wait before each answer")
    parser.add_argument("--until-eof", action="store_true", help="end with the standard input")
    parser.add_argument("--list", action="store_true", help="list faults and variants, then stop")
    return parser


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= port <= _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: a number from 0 to {_LAST_PORT}")
    return port


if __name__ == "__main__":
    main()
