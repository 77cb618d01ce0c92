"""The reference server with a request counter.

python -m benchmarks.servers.counting_server [--latency MS]
"""

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from reference.app import ServerSettings, create_app
from reference.server import serve

COUNT = "/requests"  # returns the number of requests so far, and is not counted


@dataclass
class RequestCounter:
    """Counts the requests to an application."""

    inner: ASGIApp
    requests: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward a request, or return the number of requests."""
        if scope["path"] == COUNT:
            await Response(json.dumps(self.requests))(scope, receive, send)
            return
        self.requests += 1
        await self.inner(scope, receive, send)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.0, metavar="MS", help="delay of each response")
    app = create_app(ServerSettings(latency=parser.parse_args(arguments).latency / 1000))
    app.add_middleware(RequestCounter)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    serve(app, "127.0.0.1", 0)


if __name__ == "__main__":
    main()
