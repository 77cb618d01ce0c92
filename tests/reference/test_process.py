"""The reference server as a process, with an HTTP client and with the SDK of the vendor."""

from collections.abc import Iterator

import httpx
import pytest
from signalwire.rest import RestClient, SignalWireRestError

from reference.api import credentials
from tests.support.fake_targets import CONFERENCES, reference_server, run_reference_server

ENVIRONMENT = {
    "SIGNALWIRE_PROJECT_ID": "b1946ac9-2492-4d23-8b34-7c3ad2f5e6a1",
    "SIGNALWIRE_API_TOKEN": "PTown",
}
AUTH = httpx.BasicAuth(ENVIRONMENT["SIGNALWIRE_PROJECT_ID"], ENVIRONMENT["SIGNALWIRE_API_TOKEN"])


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with reference_server(environment=ENVIRONMENT) as origin:
        yield origin


def test_ready_server_accepts_requests(origin: str) -> None:
    response = httpx.post(origin + CONFERENCES, json={"display_name": "a"}, auth=AUTH)
    assert (response.status_code, response.json()["display_name"]) == (200, "a")
    assert {"date", "content-length"} <= response.headers.keys()


def test_credentials_come_from_the_environment(origin: str) -> None:
    assert httpx.get(origin + CONFERENCES, auth=AUTH).status_code == 200
    default = httpx.BasicAuth(credentials.PROJECT_ID, credentials.API_TOKEN)
    assert httpx.get(origin + CONFERENCES, auth=default).status_code == 401


def test_vendor_sdk_creates_gets_and_deletes(origin: str) -> None:
    host = origin.removeprefix("http://")
    sdk = RestClient(
        project=ENVIRONMENT["SIGNALWIRE_PROJECT_ID"], token=ENVIRONMENT["SIGNALWIRE_API_TOKEN"], host=host
    )
    created = sdk.video.conferences.create(
        display_name="From the SDK", name="from-the-sdk", enable_chat=False
    )
    assert (created["name"], created["enable_chat"]) == ("from-the-sdk", False)
    assert sdk.video.conferences.get(created["id"]) == created
    sdk.video.conferences.delete(created["id"])
    with pytest.raises(SignalWireRestError) as error:
        sdk.video.conferences.get(created["id"])
    assert error.value.status_code == 404
    room = sdk.fabric.conference_rooms.create(name="From the SDK", enable_room_previews=True)
    assert room["conference_room"]["name"] == "From the SDK"


def test_faults_variants_and_latency_are_options() -> None:
    options = ("--fault", "create-201", "name-limit-99", "--variant", "http-1.0", "--latency", "20")
    with reference_server(*options, environment=ENVIRONMENT) as origin:
        response = httpx.post(origin + CONFERENCES, json={"display_name": "a"}, auth=AUTH)
        assert (response.status_code, response.http_version) == (201, "HTTP/1.0")
        assert response.headers["connection"] == "close"
        assert response.elapsed.total_seconds() > 0.02
        long = httpx.post(origin + CONFERENCES, json={"display_name": "a", "name": "n" * 100}, auth=AUTH)
        assert long.status_code == 422


def test_chunked_and_compressed_responses_are_complete() -> None:
    with reference_server(
        "--variant", "chunked", "gzip", "no-date-header", environment=ENVIRONMENT
    ) as origin:
        response = httpx.post(origin + CONFERENCES, json={"display_name": "a"}, auth=AUTH)
        assert response.json()["display_name"] == "a"
        assert response.headers["transfer-encoding"] == "chunked"
        assert "date" not in response.headers


def test_list_prints_faults_and_variants() -> None:
    run = run_reference_server("--list")
    assert run.returncode == 0
    assert "fault    name-limit-99: Rejects a name of exactly 100 characters." in run.stdout
    assert "variant  offset-for-z: Returns timestamps with the offset +00:00 instead of Z." in run.stdout


def test_unknown_fault_is_a_usage_error() -> None:
    run = run_reference_server("--fault", "name-limit-98")
    assert run.returncode == 2
    assert "did you mean 'name-limit-99'?" in run.stderr
