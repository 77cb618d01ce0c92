"""Redaction of the output files of a run against a target that returns secrets."""

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
from tests.support.secrets.secret_canaries import written_texts
from tests.support.secrets.secret_encodings import ENCODINGS

PROJECT = "c4a7be15-9d02-4f6e-8b31-0a5e7d98f2c6"
TOKEN = "PTxK4/w7Q+zR9~mJ2vLs8TyB5nHd3GfC6eWu"  # valid only for the server below
ISSUED = "s3cr3tV4lue-9XyQw2"
ENCODED = {
    name: encode(secret) for secret in (TOKEN, f"{PROJECT}:{TOKEN}") for name, encode in ENCODINGS.items()
}
HEADERS = {"set-cookie": f"sid={ISSUED}; HttpOnly", "x-auth-token": ISSUED, "location": f"/x?sig={ISSUED}"}


class RepeatingTransport(httpx.BaseTransport):
    """Adds an encoded secret and issued secrets to each response of the reference server."""

    def __init__(self) -> None:
        self._inner = InProcessTransport(account=Credentials(PROJECT, TOKEN))
        self._turns = count()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        body = json.loads(response.read() or b"null")
        encoded = [*ENCODED.values()][next(self._turns) % len(ENCODED)]
        headers = dict(HEADERS)
        if encoded.isascii() and encoded.isprintable():
            headers["x-echo"] = encoded
        if isinstance(body, dict):
            body |= {
                "echo": encoded,
                "accessToken": ISSUED,
                "url": f"https://b.test/?X-Amz-Signature={ISSUED}",
            }
            if "error" in body:
                body["error"] += f": {encoded}"
        kind = response.headers.get("content-type", "application/json")
        return httpx.Response(response.status_code, headers={**headers, "content-type": kind}, json=body)

    def close(self) -> None:
        self._inner.close()


def test_no_output_file_of_a_run_contains_a_secret(tmp_path: Path) -> None:
    target = Target(ORIGIN, Account(PROJECT, TOKEN), active_session=ACTIVE_SESSION)
    settings = Settings(
        target,
        Limits(concurrency=4),
        Connection(transport=RepeatingTransport()),
        effort=Effort.SMOKE,
        output=tmp_path,
    )
    assert run(settings)["requests"] > 3 * len(ENCODINGS)
    texts = dict(written_texts(tmp_path))
    assert len(texts) > 10
    forms = {name: {encoded, json.dumps(encoded)[1:-1]} for name, encoded in ENCODED.items()}
    forms["issued"] = {ISSUED}
    occurrences = [
        (name, path)
        for path, text in texts.items()
        for name, encoded_forms in forms.items()
        if any(form in text for form in encoded_forms)
    ]
    assert occurrences == []
