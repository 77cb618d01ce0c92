"""Recognition of any 12 characters of a secret, in any encoding and at any position."""

import base64
import html
import json
import string
import time
import urllib.parse
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.http.credentials import Account
from conformance.redaction.redactor import ENCODED_MARK, PROJECT_MARK, TOKEN_MARK, Redactor
from conformance.redaction.secret_matcher import PART_LENGTH, SecretMatcher
from tests.support.secrets.secret_canaries import encoded_forms

LETTERS = string.ascii_letters + string.digits
TOKEN = "PTxK4/w7Q+zR9~mJ2vLs8TyB5nHd3GfC6eWu"  # not a valid token
ACCOUNT = Account("5f3c6d2e-8b1a-4c7d-9e0f-a1b2c3d4e5f6", TOKEN)


def has_alphabetical_part(secret: str) -> bool:
    """Return whether some part of a secret consists of alphabetical rows, and so does not identify it."""
    text = secret.lower()
    parts = [text[start : start + PART_LENGTH] for start in range(len(text) - PART_LENGTH + 1)]
    return any(len(_row_starts(part)) < 3 for part in parts)


def _row_starts(part: str) -> set[str]:
    return {after for before, after in pairwise(f"\0{part}") if ord(after) != ord(before) + 1}


secrets = (
    st.lists(st.sampled_from(LETTERS), min_size=14, max_size=48, unique=True)
    .map("".join)
    .filter(lambda secret: not has_alphabetical_part(secret))
)
surrounding_text = st.text(st.sampled_from(LETTERS + '%&\\"/#;u é€\0\x85'), max_size=40)


def percent(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


ESCAPES: list[Callable[[str], str]] = [
    str,
    str.swapcase,
    percent,
    lambda text: percent(text).upper(),
    lambda text: urllib.parse.quote(text, safe=""),
    lambda text: "".join(f"\\u{ord(character):04x}" for character in text),
    lambda text: "".join(f"\\x{ord(character):02x}" for character in text),
    lambda text: "".join(f"\\{ord(character):03o}" for character in text),
    lambda text: "".join(f"&#{ord(character)};" for character in text),
    lambda text: "".join(f"&#x{ord(character):X};" for character in text),
    lambda text: json.dumps(text).replace("/", "\\/"),
    "\0".join,
    html.escape,
]


def decode_escapes(text: str) -> str:
    """Return a text whose escapes are decoded twice."""
    for _ in range(2):
        text = urllib.parse.unquote(html.unescape(text), errors="replace").replace("\0", "")
    return text


@settings(deadline=None)  # the machine may be busy
@given(
    secret=secrets,
    context=st.tuples(surrounding_text, surrounding_text),
    escapes=st.lists(st.sampled_from(ESCAPES), max_size=2),
    cut=st.tuples(st.integers(0, 10), st.integers(0, 10)),
)
@example("PTabcdefghijklmno", ("%", "41"), [percent, percent], (0, 0))
def test_no_part_of_a_secret_remains(
    secret: str, context: tuple[str, str], escapes: list[Callable[[str], str]], cut: tuple[int, int]
) -> None:
    part = secret[cut[0] : len(secret) - cut[1]] if len(secret) - sum(cut) >= PART_LENGTH else secret
    for escape in escapes:
        part = escape(part)
    text = Redactor(Account("a-project-of-ours", secret))(part.join(context))
    for candidate in (text, decode_escapes(text)):
        for start in range(len(secret) - PART_LENGTH + 1):
            assert secret[start : start + PART_LENGTH].lower() not in candidate.lower()


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@settings(deadline=None)
@given(secret=secrets, before=st.binary(max_size=7), after=st.binary(max_size=7))
def test_no_base64_of_a_secret_remains(
    encode: Callable[[bytes], bytes], secret: str, before: bytes, after: bytes
) -> None:
    encoded = base64.b64encode(before + secret.encode() + after).decode()
    text = Redactor(Account("a-project-of-ours", secret))(encode(before + secret.encode() + after).decode())
    offset = -(-len(before) // 3) * 4
    inner = encoded[offset : (len(before) + len(secret)) // 3 * 4]
    for start in range(len(inner) - PART_LENGTH + 1):
        assert inner[start : start + PART_LENGTH] not in text.replace("-", "+").replace("_", "/")


@settings(deadline=None)
@given(st.text())
@example("\\騝 \\² %²² &#99999999; &#xFFFFFFFF; \\u{ffffff} \\U99999999 &notathing; \ud800 İ")
def test_a_text_without_a_secret_is_not_changed(text: str) -> None:
    assert Redactor(ACCOUNT)(text) == text


@pytest.mark.parametrize("encoded", sorted(set(encoded_forms(TOKEN)), key=repr), ids=repr)
def test_every_encoding_of_the_canaries_is_recognized(encoded: str) -> None:
    redacted = Redactor(ACCOUNT)(f'{{"echo": "{encoded}"}}')
    assert TOKEN_MARK in redacted or ENCODED_MARK in redacted
    assert len(redacted) < len('{"echo": ""}') + len(ENCODED_MARK) + 2 * 8


def test_text_around_a_secret_is_not_redacted() -> None:
    text = f"{ACCOUNT.project.upper()}:{TOKEN}, then {percent(TOKEN)} &amp; on"
    assert Redactor(ACCOUNT)(text) == f"{PROJECT_MARK}:{TOKEN_MARK}, then {TOKEN_MARK} &amp; on"


def test_a_similar_id_is_not_redacted() -> None:
    account = Account("00000000-0000-4000-8000-000000000001", TOKEN)
    other = "00000000-0000-4000-8000-000000000002"
    assert Redactor(account)(f"{other} {account.project}") == f"{other} {PROJECT_MARK}"


@pytest.mark.parametrize("short", ["project", "token1"])
def test_a_short_secret_is_redacted_only_as_a_whole_word(short: str) -> None:
    redactor = Redactor(Account("a-project-of-ours", short))
    assert redactor(f'{{"{short}_id": "{short}"}}') == f'{{"{short}_id": "{TOKEN_MARK}"}}'


def test_a_secret_of_a_few_characters_is_not_redacted() -> None:
    assert Redactor(Account("p", "tiny"))("a tiny p") == "a tiny p"
    assert not SecretMatcher([]).spans("anything at all")


@pytest.mark.parametrize(
    "unit", ["x", "%41", "\\u0041", "\\\\", "&#65;", TOKEN, percent(TOKEN), "0-4000-8000-"]
)
def test_the_search_takes_linear_time(unit: str) -> None:
    """Measure CPU time, with a margin for caches; quadratic work would take 64 times as long."""
    short, long = (min(_seconds(unit, size) for _ in range(2)) for size in (100_000, 800_000))
    assert long < 25 * short


def _seconds(unit: str, size: int) -> float:
    started = time.thread_time()
    Redactor(ACCOUNT)(unit * (size // len(unit)))
    return time.thread_time() - started


@pytest.mark.parametrize("row", ["abcdefghijklmnop", "uvwxyz0123456789", "0123456789abcdef"])
def test_a_row_of_the_alphabet_in_a_secret_is_not_a_part_of_it(row: str) -> None:
    matcher = SecretMatcher([f"PTx{row}Q7"])
    assert not matcher.spans(f"a text with {row} in it")
    assert matcher.spans(f"a text with PTx{row}Q7 in it")
