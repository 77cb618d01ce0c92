"""Groups of options in the help and in the documentation."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import click

_MIN_GROUPED: Final = 9  # options of a command; fewer are one group
_GENERAL: Final = "Options"
OTHER: Final = "Other options"
_UNUSED: Final = "Without effect on this command, accepted as for run"
# Names of the parameters, by title; the titles are in the order of the help.
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "Target": (
        *(
            "folder",
            "target",
            "yes",
            "profiles",
            "active_session",
            "second_active_session",
            "wait",
            "read_only",
            "without",
            "mock",
            "allow_leftovers",
        ),
    ),
    "Certificate": ("key", "vendor", "product", "product_version", "days"),
    "Credentials": (
        *("project_id", "api_token_file", "second_project_id", "second_api_token_file", "same_credentials"),
        "allow_logged_credentials",
    ),
    "Selection": ("select", "exclude", "failed_from", "baseline", "shard"),
    "Test cases": ("effort", "seed", "seeds", "corpus", "everything"),
    "Limits": (
        *("max_requests", "max_seconds", "max_live", "max_failures", "fail_fast"),
        *("concurrency", "workers", "rate_limit", "timeout"),
    ),
    "Connection": ("headers", "second_headers", "ca", "client_cert", "verify_tls", "proxy", "allow_http"),
    "Reference server": ("faults", "variants"),
    "Output": ("output", "records", "prune", "force", "strict", "quiet", "verbose", "as_json"),
    OTHER: ("config",),
}


def option_groups(
    command: click.Command, context: click.Context, unused: Sequence[str] = (), hidden: Sequence[str] = ()
) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield the title of each group, and its options, each with its help.

    `unused` and `hidden` are names of parameters: without effect on the command, and left out.
    """
    records = {
        parameter.name or "": record
        for parameter in command.get_params(context)
        if isinstance(parameter, click.Option) and parameter.name not in hidden
        if (record := parameter.get_help_record(context)) is not None
    }
    if len(records) < _MIN_GROUPED:
        yield _GENERAL, list(records.values())
        return
    titles = {name: title for title, names in GROUPS.items() for name in names}
    order = {name: position for position, name in enumerate(titles)}
    names = sorted(records, key=lambda name: order.get(name, len(order)))
    for title in GROUPS:
        members = [name for name in names if titles.get(name, OTHER) == title and name not in unused]
        if members:
            yield title, [records[name] for name in members]
    if unused:
        yield _UNUSED, [records[name] for name in names if name in unused]
