"""Encoding of values as JSON, and decoding of declared classes only."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.processes.value_encoding import Codec, dataclass_form, text_form


@dataclass(frozen=True)
class Pair:
    first: Any
    second: Any = None


CODEC = Codec(dataclass_form(Pair), text_form(Path))


def encoded_and_decoded(value: Any) -> Any:
    return CODEC.decode(json.loads(json.dumps(CODEC.encode(value))))


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        2**70,
        -0.0,
        float("inf"),
        "",
        "\0é\U0001f600",
        "\ud800",
        "\ud83d\ude00",
        b"\xff\0",
        [(), [], {}, ((1,),)],
        {"$": "tuple", "value": [1]},
        {"\ud83d\ude00": 1},
        {1: "a", None: "b"},
        Pair((b"", Path("a/b")), {"x": Pair(1)}),
    ],
    ids=ascii,
)
def test_a_value_is_unchanged_after_encoding_and_decoding(value: Any) -> None:
    assert repr(encoded_and_decoded(value)) == repr(value)


def test_a_value_of_another_class_is_rejected_without_its_content_in_the_message() -> None:
    with pytest.raises(
        TypeError, match="a value of the class set cannot be sent to another process"
    ) as raised:
        CODEC.encode([{"secret"}])
    assert "secret" not in str(raised.value)


def test_an_undeclared_class_is_not_decoded() -> None:
    with pytest.raises(KeyError):
        CODEC.decode({"$": "PurePath", "value": "a"})
