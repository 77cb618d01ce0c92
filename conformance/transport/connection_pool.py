"""Connection pool: one connection for each concurrent request, used by one thread at a time.

The pools of httpx get slower with concurrency; single connections that are passed between threads do not.
"""

import queue
from collections.abc import Callable, Iterator
from typing import cast

import httpx


class ConnectionPool(httpx.BaseTransport):
    """Uses an idle connection for each request, the most recently used one first, or opens a new one."""

    def __init__(self, open_connection: Callable[[], httpx.BaseTransport]) -> None:
        self._open_connection = open_connection
        self._reuse = True  # whether connections are used for several requests
        self._idle: queue.LifoQueue[httpx.BaseTransport] = queue.LifoQueue()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send over an idle connection, which is released when the response is closed."""
        connection, used = self._acquire()
        try:
            response = connection.handle_request(request)
        except BaseException as error:
            connection.close()
            if used and _was_closed_by_target(error):
                # This target closes idle connections without notice, or the request was the cause.
                self._reuse = False
            raise
        stream = cast("httpx.SyncByteStream", response.stream)  # the transports below are synchronous
        response.stream = _PooledStream(stream, lambda: self._release(connection))
        return response

    def close(self) -> None:
        """Close all idle connections."""
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def _release(self, connection: httpx.BaseTransport) -> None:
        """Store a connection for reuse, unless bytes were received after the response."""
        if not self._reuse or _has_unread_bytes(connection):
            connection.close()
        else:
            self._idle.put(connection)

    def _acquire(self) -> tuple[httpx.BaseTransport, bool]:
        """Return a connection, and whether it was used before."""
        try:
            while not self._reuse:
                self._idle.get_nowait().close()
            return self._idle.get_nowait(), True
        except queue.Empty:
            return self._open_connection(), False


class _PooledStream(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream, release: Callable[[], None]) -> None:
        self._stream = stream
        self._release_connection = release

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        self._stream.close()
        self._release_connection()


def _was_closed_by_target(error: BaseException) -> bool:
    """Return whether the target closed the connection before it sent a response."""
    broken = isinstance(error, httpx.ReadError | httpx.WriteError)
    return broken or (isinstance(error, httpx.RemoteProtocolError) and "without sending" in str(error))


def _has_unread_bytes(connection: httpx.BaseTransport) -> bool:
    """Return whether bytes after the response were read: they would be taken for the next response."""
    # Neither httpx nor httpcore check the buffer themselves, and they have no public access to it.
    connections = connection._pool.connections if isinstance(connection, httpx.HTTPTransport) else ()  # noqa: SLF001 - see above
    inner = (getattr(pooled, "_connection", None) for pooled in connections)
    states = (getattr(pooled, "_h11_state", None) for pooled in inner)
    return any(state is not None and state.trailing_data[0] for state in states)
