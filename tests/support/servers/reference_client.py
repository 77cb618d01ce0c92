"""A client of the reference server in this process."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from starlette.applications import Starlette

from reference.api.credentials import API_TOKEN, PROJECT_ID, Credentials
from reference.app import ServerSettings, create_app

CONFERENCES = "/api/video/conferences"
ROOMS = "/api/fabric/resources/conference_rooms"
UNKNOWN_ID = "3d9f0c62-7a15-4e8b-9c04-b1f2a6d7e853"
ROOM = {"name": "quiet room", "enable_room_previews": True}


class AsgiTransport(httpx.BaseTransport):
    """Sends requests to an application without a socket."""

    def __init__(self, app: Starlette) -> None:
        self.asgi = httpx.ASGITransport(app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return asyncio.run(self.respond(request))

    async def respond(self, request: httpx.Request) -> httpx.Response:
        response = await self.asgi.handle_async_request(request)
        return httpx.Response(response.status_code, headers=response.headers, content=await response.aread())


def server() -> Starlette:
    return create_app(ServerSettings(Credentials()))


@contextmanager
def open_client(app: Starlette) -> Iterator[httpx.Client]:
    """Open a client with valid credentials."""
    auth = httpx.BasicAuth(PROJECT_ID, API_TOKEN)
    with httpx.Client(transport=AsgiTransport(app), base_url="http://reference.example", auth=auth) as client:
        yield client


def create(client: httpx.Client, **members: Any) -> httpx.Response:
    return client.post(CONFERENCES, json={"display_name": "a", **members})


def create_room(client: httpx.Client, **members: Any) -> httpx.Response:
    return client.post(ROOMS, json={**ROOM, **members})


def send(client: httpx.Client, body: bytes, **headers: str) -> httpx.Response:
    return client.post(CONFERENCES, content=body, headers={"Content-Type": "application/json"} | headers)


def error_codes(response: httpx.Response) -> dict[str, str]:
    assert response.status_code == 422, response.text
    return {item["attribute"]: item["code"] for item in response.json()["errors"]}


def is_bad_request(response: httpx.Response) -> bool:
    return (response.status_code, response.json()) == (400, {"error": "Bad Request"})
