"""Recognition of secrets in the encodings that servers apply by accident."""

import gzip
import html
import json
import random
import time
import urllib.parse
import uuid

import pytest

from conformance.http.credentials import Account
from conformance.redaction.decoding.decodings import decodings
from conformance.redaction.redactor import ENCODED_MARK, Redactor
from tests.support.secrets.secret_encodings import ENCODINGS, base64_of, folded, octets

PROJECT = "c4a7be15-9d02-4f6e-8b31-0a5e7d98f2c6"
TOKEN = "PTxK4/w7Q+zR9~mJ2vLs8TyB5nHd3GfC6eWu"  # not a valid token
SECRETS = [TOKEN, "PT9f8e1c3b7a604d5261b07ce93df2a8850c4e19b72d63fa58", PROJECT, f"{PROJECT}:{TOKEN}"]


ORDINARY = {
    "ids": [str(uuid.UUID(int=random.Random(seed).getrandbits(128), version=4)) for seed in range(200)],
    "names": [f"cc-0f22d2e9-9e69faeb-{number}-1_Z" for number in range(200)],
    "times": ["2041-05-06T00:00:00Z", "2041-05-06 00:00:00", "Mon, 30 Nov 2026 12:46:58 GMT"] * 20,
    "numbers": list(range(256)),
    "picture": f"data:image/png;base64,{base64_of(random.Random(0).randbytes(4000))}",
    "text in base64": base64_of("lorem ipsum dolor sit amet " * 100),
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "packed": base64_of(gzip.compress(b"lorem ipsum dolor sit amet " * 100)),
    "fingerprint": "9f:86:d0:81:88:4c:7d:65:9a:2f:ea:a0:c5:5a:d0:15:a3:bf:4f:1b",
    "page": "<p>lorem <b>ipsum</b>\n dolor sit\u00adamet\u200b</p>" * 20,
    "letters": list("abcdefghijklmnopqrstuvwxyz"),
    "mail": "=50=4F=4C=4C caf=C3=A9=\n",
    "layouts": "1x1, 2x1, 2x2, 5up, 3x3, 4x4, 5x5, 6x6, 8x8, 10x10",
}
SIZE = 1024 * 1024  # characters
WORST_CASES = {
    "A": "A",
    "UUUU": "V",
    "the alphabet of base64": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    "percent": "%25",
    "numbers": "1,",
    "numbers of two digits": "12,34,",
    "members": '"0":1,',
    "hexadecimal": "50 54 ",
    "hexadecimal with 0x": "0x50, ",
    "letters": '"x",',
    "quoted-printable": "=41",
    "line ends": "ab\n",
    "markup": "<a>",
    "open markup": "<a ",
    "decompression bombs": f"{base64_of(gzip.compress(b'a' * 100_000))} ",
    "one decompression bomb": base64_of(gzip.compress(b"a" * 10_000_000)),
}


@pytest.mark.parametrize("secret", SECRETS, ids=["token", "hexadecimal token", "project", "pair"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_secret_is_recognized_in_every_encoding(encoding: str, secret: str) -> None:
    encoded = ENCODINGS[encoding](secret)
    redactor = Redactor(Account(PROJECT, secret if secret.startswith("PT") else TOKEN))
    assert redactor(encoded) != encoded
    assert redactor(redactor(encoded)) == redactor(encoded)
    assert [text for text in _texts(redactor(encoded)) if _contains(text, secret)] == []


def _texts(text: str, depth: int = 3) -> list[str]:
    """Return a text and all texts decoded from it."""
    decoded_texts = [decoding.text for decoding in decodings(text)] if depth else []
    return [text, *(inner for decoded in decoded_texts for inner in _texts(decoded, depth - 1))]


def _contains(text: str, secret: str) -> bool:
    """Return whether a text contains 12 characters of a secret or of a part of a pair."""
    decoded = json.dumps(urllib.parse.unquote(html.unescape(text))).lower()
    parts = [
        word[start : start + 12].lower() for word in secret.split(":") for start in range(len(word) - 11)
    ]
    return any(part in decoded for part in parts)


@pytest.mark.parametrize(
    "name", ["byte list", "byte list of Node", "Uint8Array", "characters", "in lines in JSON"]
)
def test_redacted_json_is_valid_json(name: str) -> None:
    encoded = ENCODINGS[name](TOKEN)
    redacted = json.loads(Redactor(Account(PROJECT, TOKEN))(f'{{"id": "x", "echo": {encoded}, "on": true}}'))
    assert (redacted["id"], redacted["on"]) == ("x", True)
    assert type(redacted["echo"]) is type(json.loads(encoded))


def test_text_around_a_secret_is_not_changed() -> None:
    redactor = Redactor(Account(PROJECT, TOKEN))
    numbers = [1, 2, *octets(TOKEN), 3]
    assert json.loads(redactor(json.dumps(numbers))) == [1, 2, *(0 for _ in TOKEN), 3]
    assert redactor(f"before\n{folded(TOKEN, '<wbr>')}\nafter") == f"before\n{ENCODED_MARK}\nafter"


@pytest.mark.parametrize("name", ORDINARY)
@pytest.mark.parametrize("indent", [None, 2])
def test_ordinary_data_is_not_redacted(name: str, indent: int | None) -> None:
    text = json.dumps({name: ORDINARY[name]}, indent=indent)
    assert Redactor(Account(PROJECT, TOKEN))(text) == text


@pytest.mark.parametrize("name", WORST_CASES)
def test_masking_takes_linear_time(name: str) -> None:
    """Measure CPU time, with a margin that only a more than linear growth exceeds."""
    text = (WORST_CASES[name] * (SIZE // len(WORST_CASES[name]) + 1))[:SIZE]
    started = time.thread_time()
    Redactor(Account(PROJECT, TOKEN))(text)
    assert time.thread_time() - started < 10
