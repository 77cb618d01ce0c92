"""Command line of the reference server: `python -m reference --port 8080`."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress

from reference.registry import UnknownIdError, listing
from reference.standard_output import print_lines

_MAX_PORT = 65_535


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until the process is stopped by a signal."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.list:
        print_lines(listing())
        return
    from reference.app import ServerSettings, create_app  # noqa: PLC0415 - --list must be fast
    from reference.server import serve  # noqa: PLC0415 - the same

    settings = ServerSettings(
        faults=tuple(options.fault),
        variants=tuple(options.variant),
        latency=options.latency / 1000,
    )
    try:
        app = create_app(settings)
    except UnknownIdError as error:
        parser.error(f"{error}; use --list to print all ids")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # exit code after a graceful shutdown
    if options.until_eof:
        threading.Thread(target=_exit_at_end_of_input, daemon=True).start()
    with suppress(KeyboardInterrupt):
        serve(app, options.host, options.port)


def _exit_at_end_of_input() -> None:
    """Stop the server when the parent process has ended and closed its end of the standard input."""
    while os.read(0, 1):  # not through sys.stdin, whose lock would be held at interpreter shutdown
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="reference", description="Serve the Conference API from memory.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=_port, default=0, help="port to listen on; 0 selects a free port")
    parser.add_argument(
        "--fault", action="extend", nargs="+", default=[], metavar="ID", help="enable a fault"
    )
    parser.add_argument(
        "--variant", action="extend", nargs="+", default=[], metavar="ID", help="enable a permitted variant"
    )
    parser.add_argument("--latency", type=float, default=0.0, metavar="MS", help="delay of each response")
    parser.add_argument("--until-eof", action="store_true", help="exit at the end of the standard input")
    parser.add_argument("--list", action="store_true", help="print faults and variants and exit")
    return parser


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= port <= _MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number from 0 to {_MAX_PORT}")
    return port


if __name__ == "__main__":
    main()
