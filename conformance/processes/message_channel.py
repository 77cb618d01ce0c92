"""Messages between processes: JSON values over pipes, each after its length.

The length lets a reader take exactly one message, so that a pipe is ready if and only if another one follows.
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
    """Sends messages over one pipe, and receives those that come over another."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        """Take the file descriptors, which belong to the channel from now on."""
        self._incoming = os.fdopen(incoming, "rb", buffering=0)
        self._outgoing = os.fdopen(outgoing, "wb")

    @classmethod
    def of_standard_streams(cls) -> Self:
        """Return the channel to the parent process; whatever else is printed from now on is dropped."""
        channel = cls(os.dup(0), os.dup(1))
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1):
            os.dup2(nothing, stream)
        os.close(nothing)
        return channel

    @classmethod
    def of_child(cls, child: "subprocess.Popen[bytes]") -> Self:
        """Return the channel to a child process, which was started with pipes for its standard streams."""
        if child.stdin is None or child.stdout is None:
            raise ValueError("the child process has no pipes")
        channel = cls(os.dup(child.stdout.fileno()), os.dup(child.stdin.fileno()))
        child.stdin.close()
        child.stdout.close()
        return channel

    def fileno(self) -> int:
        """Return the file descriptor that messages come over, to wait for them."""
        return self._incoming.fileno()

    def send(self, message: Any) -> None:
        """Send a JSON value; raise OSError if nobody receives it."""
        content = json.dumps(message, separators=(",", ":")).encode("ascii")
        self._outgoing.write(_LENGTH.pack(len(content)) + content)
        self._outgoing.flush()

    def receive(self) -> Any:
        """Wait for a message and return it; raise EOFError when there will be none any more."""
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size))
        return json.loads(self._read(length))

    def is_ready(self) -> bool:
        """Return whether a message or the end can be received without waiting."""
        ready, _, _ = select.select([self._incoming], [], [], 0)
        return bool(ready)

    def close(self) -> None:
        """Close both pipes; what could not be sent is lost."""
        self._incoming.close()
        try:
            self._outgoing.close()
        except OSError:
            return  # the other process has ended

    def _read(self, size: int) -> bytes:
        parts = []
        while size:
            part = self._incoming.read(min(size, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def ready(channels: Iterable[Channel], seconds: float) -> list[Channel]:
    """Wait no longer than some seconds, and return the channels that have a message or have ended."""
    with selectors.DefaultSelector() as selector:
        for channel in channels:
            selector.register(channel, selectors.EVENT_READ, channel)
        return [key.data for key, _ in selector.select(seconds)]
