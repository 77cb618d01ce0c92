"""Only valid credentials are accepted, and only with HTTP Basic authentication."""

import base64
from collections.abc import Iterator

import httpx
import pytest

from reference.api.credentials import API_TOKEN, PROJECT_ID
from reference.api.live_session import LIVE_CONFERENCE_ID
from tests.support.servers.reference_client import CONFERENCES, ROOMS, UNKNOWN_ID, open_client, server


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with open_client(server()) as client:
        yield client


def header(username: str, password: str, scheme: str = "Basic") -> str:
    return f"{scheme} {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_scheme_is_case_insensitive(client: httpx.Client, scheme: str) -> None:
    headers = {"Authorization": header(PROJECT_ID, API_TOKEN, scheme)}
    assert client.get(CONFERENCES, headers=headers, auth=None).status_code == 200


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic :",
        "Basic !",
        f"Basic {PROJECT_ID}:{API_TOKEN}",
        f"Bearer {API_TOKEN}",
        header(PROJECT_ID, API_TOKEN, "Digest"),
        header(API_TOKEN, PROJECT_ID),
        header("", ""),
        header(PROJECT_ID, ""),
        header(PROJECT_ID, API_TOKEN[:-1]),
        header(PROJECT_ID, API_TOKEN + "x"),
        header(PROJECT_ID, API_TOKEN.swapcase()),
        header(UNKNOWN_ID, API_TOKEN),
        "Basic " + base64.b64encode(PROJECT_ID.encode()).decode(),
    ],
)
@pytest.mark.parametrize(
    "method, path",
    [
        ("POST", CONFERENCES),
        ("GET", f"{CONFERENCES}/{UNKNOWN_ID}"),
        ("DELETE", f"{CONFERENCES}/{LIVE_CONFERENCE_ID}"),
        ("POST", ROOMS),
        ("GET", f"{ROOMS}/x"),
        ("PUT", "/nowhere"),
    ],
)
def test_other_credentials_are_rejected(
    client: httpx.Client, method: str, path: str, value: str | None
) -> None:
    headers = {} if value is None else {"Authorization": value}
    response = client.request(method, path, content=b"{", headers=headers, auth=None)
    assert (response.status_code, response.json()) == (401, {"error": "Unauthorized"})
    assert response.headers["www-authenticate"].startswith("Basic ")


def test_credentials_in_the_query_are_rejected(client: httpx.Client) -> None:
    params = {"project_id": PROJECT_ID, "token": API_TOKEN}
    assert client.get(CONFERENCES, params=params, auth=None).status_code == 401
