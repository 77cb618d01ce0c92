"""Strategies of a schema with many members: `python -m benchmarks.workloads.wide_schema PART TIMES`.

Runs in its own process, so that it can be killed after a timeout. Prints the numbers of members and seconds
as a JSON object.
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

_EXAMPLES: Final = 100  # valid bodies, and as many invalid ones


def repeat_members(schema: Mapping[str, Any], times: int) -> dict[str, Any]:
    """Return a schema with each member repeated under other names."""
    properties, numbers = schema["properties"], range(times)
    return {
        **schema,
        "properties": {
            _numbered(name, number): properties[name] for number in numbers for name in properties
        },
        "required": [_numbered(name, number) for number in numbers for name in schema["required"]],
        "x-order": [
            [_numbered(name, number) for name in names]
            for number in numbers
            for names in schema.get("x-order", ())
        ],
    }


def generate(schema: Mapping[str, Any]) -> None:
    """Build the strategies of valid and invalid bodies, and generate from both."""
    for strategy in (valid_values.conforming(schema), invalid_values.objects_with_invalid_member(schema)):
        rate(strategy, examples=_EXAMPLES)


PARTS: Final[Mapping[str, Callable[[Mapping[str, Any]], Any]]] = {
    "generated": generate,
    "alone": boundary_values.single_member_objects,
    "covering": boundary_values.boundary_objects,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one part and print its costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("times", type=int)
    options = parser.parse_args(arguments)
    schema = repeat_members(operation("VC-CREATE").request or {}, options.times)
    clock = time.perf_counter()
    PARTS[options.part](schema)
    costs = {"members": len(schema["properties"]), "seconds": time.perf_counter() - clock}
    sys.stdout.write(json.dumps(costs) + "\n")


def _numbered(name: str, number: int) -> str:
    return f"{name}_{number}" if number else name


if __name__ == "__main__":
    main()
