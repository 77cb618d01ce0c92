"""What the commands do, once they are more than their options."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from rich.console import Console

from conformance import embedded
from conformance.api import Api
from conformance.configuration import ConfigurationError, merged, settings
from conformance.preflight import PreflightError, steps
from conformance.progress import Progress
from conformance.record import UNUSABLE
from conformance.run import run
from conformance.selection import UnknownSelectionError, chosen
from conformance.settings import Settings
from conformance.target import PROFILES
from conformance.transport.redaction import Redactor
from conformance.wire import connected
from reports import terminal
from spec.catalogue import requirement


def run_command(options: Mapping[str, Any], faults: Sequence[str], variants: Sequence[str]) -> int:
    """Run, show what came of it, and return the exit code."""
    try:
        with _settings(options, faults, variants) as chosen_settings:
            record = attended(chosen_settings)
    except (ConfigurationError, embedded.NotStartedError) as error:
        return _unusable(str(error))
    return int(record["exit_code"])


def attended(told: Settings) -> dict[str, Any]:
    """Run with somebody looking on, show what came of it, and return the record."""
    console = Console(file=sys.stdout, highlight=False)
    _opening(told, console)
    with Progress(console) as progress:
        record = run(told, progress)
    terminal.show(record, console, str(told.output))
    return record


def doctor_command(options: Mapping[str, Any]) -> int:
    """Show each step before a run, and return 2 at the first that fails."""
    console = Console(file=sys.stdout, highlight=False)
    try:
        with _settings(options, (), ()) as told, TemporaryDirectory() as folder:
            return _examine(told, folder, console)
    except (ConfigurationError, embedded.NotStartedError) as error:
        return _unusable(str(error))


def list_command(select: str, profiles: Sequence[str]) -> int:
    """List requirements."""
    try:
        for each in chosen(tuple(profiles) or PROFILES, select):
            click.echo(f"{each.id:<55} {each.level:<7} {each.sentence}")
    except UnknownSelectionError as error:
        return _unusable(str(error))
    return 0


def explain_command(identifier: str) -> int:
    """Explain one requirement."""
    try:
        found = requirement(identifier.upper())
    except LookupError as error:
        return _unusable(str(error.args[0]))
    told = {
        "sentence": found.sentence,
        "level": str(found.level),
        "operation": found.operation,
        "profile": found.profile,
        "source": found.source,
        "reading": found.reading,
        "when": found.when,
        "covers": ", ".join(found.covers),
        "new": found.new,
    }
    click.echo(found.id)
    for name, value in told.items():
        if value:
            click.echo(f"  {name:<10} {value}")
    return 0


@contextmanager
def _settings(
    options: Mapping[str, Any], faults: Sequence[str], variants: Sequence[str]
) -> Iterator[Settings]:
    """Give the settings; without a target the built-in reference server runs as long as they are needed."""
    if merged(options).get("target"):
        if faults or variants:
            raise ConfigurationError(
                "--fault and --variant belong to the built-in reference server: leave --target out"
            )
        yield settings(options)
        return
    named = [part for fault in faults for part in ("--fault", fault)]
    named += [part for variant in variants for part in ("--variant", variant)]
    with embedded.reference_server(named) as running:
        live = options.get("active_session") or running.live
        told = {**options, "active_session": live}
        yield settings(told, reference=running.address, flaws=tuple(named))


def _opening(told: Settings, console: Console) -> None:
    target = told.target
    where = "the built-in reference server (no --target given)" if target.reference else target.origin
    console.print(f"[bold]conference-conformance[/]  {where}")
    part = f"  shard {told.shard.number} of {told.shard.of}" if told.shard else ""
    how = f"profiles {', '.join(target.profiles)}  effort {told.effort}{part}"
    console.print(f"{how}  names begin with cc-{told.prefix}\n", style="dim")


def _examine(told: Settings, folder: str, console: Console) -> int:
    with connected(
        told.target, told.limits, told.connection, Path(folder), Redactor(told.target.account)
    ) as wire:
        try:
            for step in steps(Api(wire, told.prefix, "doctor")):
                console.print(f"[green]ok[/]  {step.name:<12} {step.told}")
        except PreflightError as error:
            console.print(f"[bold red]no[/]  {error}")
            return UNUSABLE
    return 0


def _unusable(problem: str) -> int:
    click.echo(f"conformance: {problem}", err=True)
    return UNUSABLE
