"""Whether several records can be merged: they are of one target, with the same settings."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Final

from reports.records.setting_differences import comparable_value, describe_difference
from spec.data_files import digest

Record = Mapping[str, Any]
COMMON_MEMBERS: Final = (
    *("suite", "target", "profiles", "effort", "seed", "strict", "read_only", "without", "waivers"),
    "baseline",
)


class IncompatibleRecordsError(ValueError):
    """Records cannot be merged because they differ."""


def expect_compatible(records: Sequence[Record]) -> None:
    """Raise IncompatibleRecordsError unless the records can be merged."""
    first = records[0]
    for other in records[1:]:
        for member in COMMON_MEMBERS:
            first_value, other_value = comparable_value(first, member), comparable_value(other, member)
            if first_value != other_value:
                values = describe_difference(first_value, other_value)
                raise IncompatibleRecordsError(
                    f"{record_name(first)} and {record_name(other)} differ in {member}: {values}"
                )
    if first["suite"]["spec"] != digest():
        raise IncompatibleRecordsError(
            f"{record_name(first)} was evaluated with spec {first['suite']['spec'][:12]}, this suite has "
            f"{digest()[:12]}; merge with the version that ran it"
        )
    runs = Counter((record["prefix"], record["started"]) for record in records)
    duplicate = next(
        (record_name(record) for record in records if runs[record["prefix"], record["started"]] > 1), None
    )
    if duplicate:
        raise IncompatibleRecordsError(f"{duplicate} was passed twice")
    counts = {record["shard"]["of"] for record in records if record.get("shard")}
    if len(counts) > 1:
        raise IncompatibleRecordsError(
            f"the shards are of runs with {' and '.join(map(str, sorted(counts)))} shards"
        )


def record_name(record: Record) -> str:
    """Return a name for a record: its shard and the resource prefix of its run."""
    shard = record.get("shard")
    part = f"shard {shard['number']} of {shard['of']}, " if shard else ""
    return f"{part}cc-{record['prefix']}"


def missing_shards(records: Sequence[Record]) -> list[str]:
    """Return a note about missing shards, if any."""
    shards = [record["shard"] for record in records if record.get("shard")]
    of = shards[0]["of"] if shards else 0
    present = {shard["number"] for shard in shards if shard["number"] <= of}
    missing = list(islice((number for number in range(1, of + 1) if number not in present), _MAX_NAMED))
    more = of - len(present) - len(missing)
    numbers = ", ".join(map(str, missing)) + (f" and {more} more" if more else "")
    return [f"missing shards of {of}: {numbers}"] if missing else []


_MAX_NAMED: Final = 5  # missing shards in a note
