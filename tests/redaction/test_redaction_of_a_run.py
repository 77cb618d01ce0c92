"""No output file contains a secret that the target repeats in any encoding or issues itself."""

import json
from itertools import count
from pathlib import Path

import httpx

from conformance.config.settings import Effort, Settings
from conformance.config.target import Connection, Limits, Target
from conformance.engine.runner import run
from conformance.http.credentials import Account
from conformance.mutation.in_process_server import ACTIVE_SESSION, ORIGIN, InProcessTransport
from reference.api.credentials import Credentials
from tests.support.secret_canaries import written
from tests.support.secret_encodings import SPELLINGS

PROJECT = "c4a7be15-9d02-4f6e-8b31-0a5e7d98f2c6"
TOKEN = "PTxK4/w7Q+zR9~mJ2vLs8TyB5nHd3GfC6eWu"  # opens nothing but the server below
ISSUED = "s3cr3tV4lue-9XyQw2"
SPELLED = {
    name: spell(secret) for secret in (TOKEN, f"{PROJECT}:{TOKEN}") for name, spell in SPELLINGS.items()
}
HEADERS = {"set-cookie": f"sid={ISSUED}; HttpOnly", "x-auth-token": ISSUED, "location": f"/x?sig={ISSUED}"}


class Repeating(httpx.BaseTransport):
    """Adds an encoded secret, and secrets that a server issues, to each response."""

    def __init__(self) -> None:
        self._inner = InProcessTransport(account=Credentials(PROJECT, TOKEN))
        self._turns = count()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        body = json.loads(response.read() or b"null")
        spelled = [*SPELLED.values()][next(self._turns) % len(SPELLED)]
        headers = dict(HEADERS)
        if spelled.isascii() and spelled.isprintable():
            headers["x-echo"] = spelled
        if isinstance(body, dict):
            body |= {
                "echo": spelled,
                "accessToken": ISSUED,
                "url": f"https://b.test/?X-Amz-Signature={ISSUED}",
            }
            if "error" in body:
                body["error"] += f": {spelled}"
        kind = response.headers.get("content-type", "application/json")
        return httpx.Response(response.status_code, headers={**headers, "content-type": kind}, json=body)

    def close(self) -> None:
        self._inner.close()


def test_no_file_of_a_run_holds_a_secret(tmp_path: Path) -> None:
    target = Target(ORIGIN, Account(PROJECT, TOKEN), active_session=ACTIVE_SESSION)
    settings = Settings(
        target, Limits(concurrency=4), Connection(transport=Repeating()), effort=Effort.SMOKE, output=tmp_path
    )
    assert run(settings)["requests"] > 3 * len(SPELLINGS)
    texts = dict(written(tmp_path))
    assert len(texts) > 10
    forms = {name: {spelled, json.dumps(spelled)[1:-1]} for name, spelled in SPELLED.items()}
    forms["issued"] = {ISSUED}
    left = [
        (name, path)
        for path, text in texts.items()
        for name, spelled in forms.items()
        if any(each in text for each in spelled)
    ]
    assert left == []
