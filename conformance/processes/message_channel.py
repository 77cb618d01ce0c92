"""Message channel between processes: JSON values over pipes, each preceded by its length.

A reader reads exactly one message, so that a pipe is ready if and only if another message follows.
"""

import json
import os
import select
import selectors
import struct
import subprocess
from collections.abc import Iterable
from typing import Any, Final, Self

_LENGTH: Final = struct.Struct("!Q")


class Channel:
    """Sends messages over one pipe, and receives messages from another."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        """Take ownership of the file descriptors."""
        self._incoming = os.fdopen(incoming, "rb", buffering=0)
        self._outgoing = os.fdopen(outgoing, "wb")

    @classmethod
    def of_standard_streams(cls) -> Self:
        """Return the channel to the parent process; later output to the standard streams is discarded."""
        channel = cls(os.dup(0), os.dup(1))
        null_device = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1):
            os.dup2(null_device, stream)
        os.close(null_device)
        return channel

    @classmethod
    def of_child(cls, child: "subprocess.Popen[bytes]") -> Self:
        """Return the channel to a child process that was started with pipes as its standard streams."""
        if child.stdin is None or child.stdout is None:
            raise ValueError("the child process has no pipes")
        channel = cls(os.dup(child.stdout.fileno()), os.dup(child.stdin.fileno()))
        child.stdin.close()
        child.stdout.close()
        return channel

    def fileno(self) -> int:
        """Return the file descriptor of the incoming pipe."""
        return self._incoming.fileno()

    def send(self, message: Any) -> None:
        """Send a JSON value; raise OSError if the pipe is closed."""
        content = json.dumps(message, separators=(",", ":")).encode("ascii")
        self._outgoing.write(_LENGTH.pack(len(content)) + content)
        self._outgoing.flush()

    def receive(self) -> Any:
        """Wait for a message and return it; raise EOFError if the pipe is closed."""
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size))
        return json.loads(self._read(length))

    def is_ready(self) -> bool:
        """Return whether a message or the end of the pipe can be received without waiting."""
        readable, _, _ = select.select([self._incoming], [], [], 0)
        return bool(readable)

    def close(self) -> None:
        """Close both pipes; unsent data is lost."""
        self._incoming.close()
        try:
            self._outgoing.close()
        except OSError:
            return  # the other process has exited

    def _read(self, size: int) -> bytes:
        chunks = []
        while size:
            chunk = self._incoming.read(min(size, 1 << 20))
            if not chunk:
                raise EOFError
            chunks.append(chunk)
            size -= len(chunk)
        return b"".join(chunks)


def ready_channels(channels: Iterable[Channel], seconds: float) -> list[Channel]:
    """Wait for at most `seconds`, and return the channels that have a message or are closed."""
    with selectors.DefaultSelector() as selector:
        for channel in channels:
            selector.register(channel, selectors.EVENT_READ, channel)
        return [key.data for key, _ in selector.select(seconds)]
