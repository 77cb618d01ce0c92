"""As many connections as requests are under way, each used by one thread at a time.

httpx's own pools get slower with concurrency; single connections, handed from thread to thread, do not.
"""

import queue
from collections.abc import Callable, Iterator
from typing import cast

import httpx


class Pool(httpx.BaseTransport):
    """Lends a transport to each request; the most recently used one first, so that connections stay warm."""

    def __init__(self, make: Callable[[], httpx.BaseTransport]) -> None:
        self._make = make
        self._again = True  # whether connections are used more than once
        self._idle: queue.LifoQueue[httpx.BaseTransport] = queue.LifoQueue()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send over a connection that nobody else uses; it comes back when the answer is closed."""
        lent, used = self._lend()
        try:
            response = lent.handle_request(request)
        except BaseException as error:
            lent.close()
            if used and _ended(error):
                self._again = (
                    False  # this target ends connections without a word: was it that, or the request?
                )
            raise
        stream = cast("httpx.SyncByteStream", response.stream)  # of a transport that is none of asyncio's
        response.stream = _Lent(stream, lambda: self._take_back(lent))
        return response

    def close(self) -> None:
        """Close all idle connections."""
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def _take_back(self, lent: httpx.BaseTransport) -> None:
        """Keep what can be lent again; a connection on which more came than was asked for cannot."""
        if not self._again or _holds_more(lent):
            lent.close()
        else:
            self._idle.put(lent)

    def _lend(self) -> tuple[httpx.BaseTransport, bool]:
        """Return a connection, and whether it was used before."""
        try:
            while not self._again:
                self._idle.get_nowait().close()
            return self._idle.get_nowait(), True
        except queue.Empty:
            return self._make(), False


class _Lent(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream, give_back: Callable[[], None]) -> None:
        self._stream = stream
        self._give_back = give_back

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        self._stream.close()
        self._give_back()


def _ended(error: BaseException) -> bool:
    """Tell whether the other side was gone before it answered anything."""
    broken = isinstance(error, httpx.ReadError | httpx.WriteError)
    return broken or (isinstance(error, httpx.RemoteProtocolError) and "without sending" in str(error))


def _holds_more(lent: httpx.BaseTransport) -> bool:
    """Tell whether bytes were read beyond the answer: the next request would be answered by them."""
    # Neither httpx nor httpcore look at the buffer themselves.
    connections = lent._pool.connections if isinstance(lent, httpx.HTTPTransport) else ()  # noqa: SLF001 - nor show it
    inner = (getattr(each, "_connection", None) for each in connections)
    states = (getattr(each, "_h11_state", None) for each in inner)
    return any(state is not None and state.trailing_data[0] for state in states)
