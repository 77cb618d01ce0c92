"""Strategies of a schema with many members: `python -m benchmarks.wide_schema PART TIMES`.

It is a process of its own, so that it can be ended when it takes too long. It prints members and seconds as
one JSON object.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from benchmarks.generation import rate
from spec.operations import operation
from strategies import boundary_values, invalid_values, valid_values

_DRAWN: Final = 100  # bodies of each kind


def wider(schema: Mapping[str, Any], times: int) -> dict[str, Any]:
    """Return a schema of an object with each member so many times."""
    properties, turns = schema["properties"], range(times)
    return {
        **schema,
        "properties": {_again(name, turn): properties[name] for turn in turns for name in properties},
        "required": [_again(name, turn) for turn in turns for name in schema["required"]],
        "x-order": [
            [_again(name, turn) for name in names] for turn in turns for names in schema.get("x-order", ())
        ],
    }


def drawn(schema: Mapping[str, Any]) -> None:
    """Build the strategies of right and wrong bodies, and draw from both."""
    for strategy in (valid_values.conforming(schema), invalid_values.objects(schema)):
        rate(strategy, examples=_DRAWN)


PARTS: Final[Mapping[str, Callable[[Mapping[str, Any]], Any]]] = {
    "drawn": drawn,
    "alone": boundary_values.alone,
    "covering": boundary_values.objects,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Build, and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("times", type=int)
    options = parser.parse_args(arguments)
    schema = wider(operation("VC-CREATE").request or {}, options.times)
    clock = time.perf_counter()
    PARTS[options.part](schema)
    told = {"members": len(schema["properties"]), "seconds": time.perf_counter() - clock}
    sys.stdout.write(json.dumps(told) + "\n")


def _again(name: str, turn: int) -> str:
    return f"{name}_{turn}" if turn else name


if __name__ == "__main__":
    main()
