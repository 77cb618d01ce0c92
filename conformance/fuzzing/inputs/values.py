"""Values of members: mostly those that trouble servers, within what the schema of the member allows."""

import datetime as dt
import math
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, Final

from conformance.fuzzing.inputs import dictionaries, expectations
from strategies import bounds, pattern_structure

Schema = Mapping[str, Any]

_WILD: Final = 0.12  # share of values whose acceptance is unspecified
_MAX_RANDOM: Final = 40  # characters of a random text
_MAX_DEPTH: Final = 8  # of a free-form object
_MAX_MEMBERS: Final = 24
_MACHINE_NUMBERS: Final = (2**31 - 1, 2**31, 2**32, -(2**31), 2**53 - 1, -(2**53) + 1)
_DEFAULT_MAX_LENGTH: Final = 100
_ENDINGS: Final = (  # whose storage is unspecified
    "\u0000",
    "\u0008",
    "\u001b",
    "\u007f",
    "\u0085",
    "\ufffe",
    "\ufeff",
    "\ue000",
    "   ",
    "",
)


def random_value(node: Schema, random: Random) -> Any:
    """Return a value that the schema allows."""
    if "enum" in node:
        return random.choice(node["enum"])
    return _BUILDERS[node["type"]](node, random)


def invalid_value(node: Schema, random: Random) -> Any:
    """Return a value that every server has to reject."""
    pools = list(expectations.invalid_candidates(node))
    rule, values = random.choice(pools)
    value = random.choice(values)
    if rule == "ENUM" and random.random() < _WILD:
        return random.choice(dictionaries.TEXTS).strip()
    if rule == "PATTERN" and random.random() < 2 * _WILD:
        valid = random_value(node, random)
        at = random.randrange(len(valid) + 1)
        return valid[:at] + _character(random) + valid[at:]
    if rule == "MAXLENGTH" and random.random() < 2 * _WILD:
        length = node["maxLength"] + random.choice((1, 2, 56, 1000))
        return "".join(random.choice("abcdefghij") for _ in range(length))
    return value


def random_object(random: Random, depth: int = 0) -> dict[str, Any]:
    """Return a free-form object, sometimes a deep or a large one."""
    names = random.choice((0, 1, 1, 2, 3)) if depth else random.choice((0, 1, 1, 2, 3, 5, _MAX_MEMBERS))
    return {_member_name(random): _leaf_or_object(random, depth + 1) for _ in range(names)}


def _leaf_or_object(random: Random, depth: int) -> Any:
    pick = random.random()
    if pick < 0.3 and depth < _MAX_DEPTH:
        return random_object(random, depth) or {"a": 1}
    if pick < 0.4:
        return [_leaf(random) for _ in range(random.choice((1, 2, 3, 10)))]
    return _leaf(random)


def _leaf(random: Random) -> Any:
    pick = random.random()
    if pick < 0.25:
        return random.random() < 0.5
    if pick < 0.55:
        number = random.choice(dictionaries.NUMBERS)
        return random.choice((number, -number, *_MACHINE_NUMBERS))
    return random.choice(dictionaries.TEXTS)


def _member_name(random: Random) -> str:
    if random.random() < 0.6:
        return random.choice(dictionaries.MEMBER_NAMES)
    return "".join(random.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(random.randint(1, 6)))


def _integer(node: Schema, random: Random) -> int:
    low, high = bounds.number_limits(node)
    least, most = math.ceil(low), math.floor(high)
    pick = random.random()
    if pick < 0.5:
        fitting: list[int] = [number for number in dictionaries.NUMBERS if least <= number <= most]
        if fitting:
            return random.choice(fitting)
    if pick < 0.7:
        near: int = random.choice((least, most, most - random.randrange(5), least + random.randrange(5)))
        return near
    return random.randint(least, most)


def _time(node: Schema, random: Random) -> str:
    is_wild = random.random() < _WILD
    year = random.choice(dictionaries.WILD_YEARS if is_wild else dictionaries.YEARS)
    month, day = random.choice(dictionaries.DAYS)
    if random.random() < 0.25:
        month, day = random.randint(1, 12), random.randint(1, 28)
    try:
        dt.date(year, month, day)
    except ValueError:  # 29 February
        day = 28
    date = f"{year:04}-{month:02}-{day:02}"
    if "x-also-valid" in node and random.random() < 0.06:
        return date
    time = random.choice(dictionaries.TIMES)
    if random.random() < 0.25:
        time = f"{random.randrange(24):02}:{random.randrange(60):02}:{random.randrange(60):02}"
    fraction = f".{random.choice(dictionaries.FRACTIONS)}" if random.random() < 0.2 else ""
    return f"{date}T{time}{fraction}{random.choice(dictionaries.OFFSETS)}"


def _matching(node: Schema, random: Random) -> str:
    """Return a string that matches the pattern, of random characters, one character or one kind of them."""
    if node.get("x-unique"):
        return _name(random)
    runs = pattern_structure.runs(node["pattern"]) or ()
    is_uniform = random.random() < 0.3
    parts = []
    for run in runs:
        most = _DEFAULT_MAX_LENGTH if run.most is None else run.most
        count = run.least if run.is_fixed else random.randint(run.least, most)
        if is_uniform:
            parts.append(random.choice(run.characters) * count)
        else:
            kinds = [list(filter(kind, run.characters)) for kind in (str.isdigit, str.islower, str.isupper)]
            pool = random.choice([run.characters, run.characters, *filter(None, kinds)])
            parts.append("".join(random.choice(pool) for _ in range(count)))
    return "".join(parts)


def _name(random: Random) -> str:
    """Return the beginning of a name, which becomes unique when it is sent."""
    beginning = random.choice(dictionaries.NAMES)
    if random.random() < 0.3:
        length = random.choice(dictionaries.NAME_LENGTHS)
        beginning = (beginning * length)[:length]
    return beginning


def _text(node: Schema, random: Random) -> str:
    most = node.get("maxLength", _DEFAULT_MAX_LENGTH)
    pick = random.random()
    if pick < 0.4:
        text = random.choice(dictionaries.TEXTS)
    elif pick < 0.6:
        text = random.choice(("", " ", "\n", "-")).join(
            random.choices(dictionaries.TEXTS, k=random.randint(2, 3))
        )
    elif pick < 0.75:
        text = _long_text(random, most)
    elif pick < 0.75 + _WILD / 2:
        text = random.choice(dictionaries.TEXTS) + random.choice(_ENDINGS)
    else:
        count = random.randint(1, _MAX_RANDOM)
        text = "".join(_character(random) for _ in range(count))
    return text[:most]


def _long_text(random: Random, most: int) -> str:
    """Return a text of a length at which a column or a buffer may end."""
    length = random.choice([length for length in dictionaries.LENGTHS if length <= most] + [most])
    part = random.choice(
        (random.choice(dictionaries.TEXTS), "a", "\u00e9", "\u6f22", "lorem ipsum ", "0123456789")
    )
    if max(part, default="a") > "\uffff":
        part = "a"
    return (part * (length // len(part) + 1))[:length]


def _character(random: Random) -> str:
    first, last = random.choice(dictionaries.BLOCKS)
    return chr(random.randint(first, last))


def ordered_times(names: Sequence[str], body: dict[str, Any]) -> dict[str, Any]:
    """Return the body with the times of these members in ascending order."""
    present = [name for name in names if isinstance(body.get(name), str)]
    instants = [(moment, body[name]) for name in present if (moment := expectations.instant(body[name]))]
    if len(instants) < len(present):
        return body
    return {**body, **dict(zip(present, (value for _, value in sorted(instants)), strict=True))}


def _string(node: Schema, random: Random) -> str:
    if node.get("format") == "date-time":
        return _time(node, random)
    if "pattern" in node:
        return _matching(node, random)
    return _name(random) if node.get("x-unique") else _text(node, random)


_BUILDERS: Final[Mapping[str, Callable[[Schema, Random], Any]]] = {
    "boolean": lambda _, random: random.random() < 0.5,
    "integer": _integer,
    "object": lambda _, random: random_object(random),
    "string": _string,
}
