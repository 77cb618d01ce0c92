"""A front of a server that changes what means nothing: ids, times, order, notation, and generated names."""

import datetime as dt
import json
import re
import uuid
from typing import Any, Final

import httpx

from conformance.mutation.in_process_server import PROJECT

_UUID: Final = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_GENERATED: Final = re.compile(r"conference-[0-9a-f]{12}")
_TIMES: Final = frozenset({"join_from", "join_until", "remove_at"})
_PROJECT: Final = PROJECT.encode()  # documented to be that of the credentials
_ZONE: Final = dt.timezone(dt.timedelta(hours=2))


class ReorderingFront(httpx.BaseTransport):
    """Passes requests on with the ids of the server behind it, and changes its responses."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self._outer_ids: dict[bytes, bytes] = {}
        self._inner_ids: dict[bytes, bytes] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the changed response."""
        url = request.url.copy_with(raw_path=self._replaced(request.url.raw_path, self._inner_ids))
        passed = httpx.Request(request.method, url, headers=request.headers.raw, content=request.read())
        response = self._inner.handle_request(passed)
        body = response.read()
        headers = [(name.title(), value) for name, value in response.headers.raw if name != b"content-length"]
        return httpx.Response(response.status_code, headers=headers[::-1], content=self._changed(body))

    def close(self) -> None:
        """Close the server."""
        self._inner.close()

    def _changed(self, body: bytes) -> bytes:
        try:
            value = json.loads(body)
        except ValueError:
            return body
        text = json.dumps(_reversed(value), ensure_ascii=True, indent=2).encode()
        return _UUID.sub(lambda match: self._outer(match[0]), text)

    def _outer(self, inner: bytes) -> bytes:
        """Return the id that stands for one of the server."""
        if inner == _PROJECT:
            return inner
        if inner not in self._outer_ids:
            outer = str(uuid.uuid5(uuid.NAMESPACE_OID, inner.decode())).encode()
            self._outer_ids[inner], self._inner_ids[outer] = outer, inner
        return self._outer_ids[inner]

    @staticmethod
    def _replaced(data: bytes, ids: dict[bytes, bytes]) -> bytes:
        return _UUID.sub(lambda match: ids.get(match[0], match[0]), data)


def _reversed(value: Any, name: str = "") -> Any:
    """Return a value with its members and errors in another order, and times in another notation."""
    if isinstance(value, dict):
        return {key: _reversed(item, key) for key, item in reversed(value.items())}
    if isinstance(value, list):
        items = [_reversed(item) for item in value]
        return items[::-1] if name == "errors" else items
    if isinstance(value, str) and name in _TIMES:
        return _in_zone(value)
    if isinstance(value, str) and name == "name":
        return _GENERATED.sub(lambda match: f"room_{match[0][-12:]}", value)
    return value


def _in_zone(text: str) -> str:
    try:
        return dt.datetime.fromisoformat(text).astimezone(_ZONE).isoformat()
    except (ValueError, OverflowError):
        return text
