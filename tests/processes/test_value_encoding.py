"""Values are the same after their way through JSON, and nothing but the declared classes is made of them."""

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


def sent(value: Any) -> Any:
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
def test_a_value_is_the_same_after_it_was_sent(value: Any) -> None:
    assert repr(sent(value)) == repr(value)


def test_a_value_of_another_class_is_rejected_without_showing_it() -> None:
    with pytest.raises(TypeError, match="a value of the class set cannot be sent to another process") as told:
        CODEC.encode([{"secret"}])
    assert "secret" not in str(told.value)


def test_no_class_is_made_that_was_not_declared() -> None:
    with pytest.raises(KeyError):
        CODEC.decode({"$": "PurePath", "value": "a"})
