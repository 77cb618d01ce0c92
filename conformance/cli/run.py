"""What the commands do, once they are more than their options."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from conformance.cli.progress import Progress
from conformance.config.loader import ConfigurationError, merged, settings
from conformance.config.selection import UnknownSelectionError, chosen
from conformance.config.settings import Settings
from conformance.config.target import PROFILES
from conformance.engine.preflight import PreflightError, steps
from conformance.engine.resource_cleanup import clear
from conformance.engine.runner import run
from conformance.processes import reference_process
from conformance.redaction.masking import seal
from conformance.redaction.redactor import redact_environment_credentials
from conformance.runtime import resource_exhaustion
from conformance.testkit.api_client import Api
from conformance.transport.stack import Wire, connected
from conformance.transport.throttling import StoppedError
from reports.formats import terminal
from reports.formats.terminal import Detail
from reports.presentation.sanitize import inert
from reports.records.exit_codes import BROKEN, LEFT, UNUSABLE
from spec.catalogue import requirement


def run_command(
    options: Mapping[str, Any],
    faults: Sequence[str],
    variants: Sequence[str],
    detail: Detail = Detail.USUAL,
) -> int:
    """Run, show what came of it, and return the exit code."""
    return carried_out(lambda told: int(attended(told, detail)["exit_code"]), options, faults, variants)


def carried_out(
    act: Callable[[Settings], int],
    options: Mapping[str, Any],
    faults: Sequence[str] = (),
    variants: Sequence[str] = (),
) -> int:
    """Act by the settings that the options give, and return the exit code; say so where they give none."""
    try:
        with settled(options, faults, variants) as told:
            show_notices(told)
            return act(told)
    except (ConfigurationError, reference_process.NotStartedError) as error:
        return unusable(str(error))


def show_notices(told: Settings) -> None:
    """Print what is used that the command line does not state: a file, and how credentials were read."""
    console = terminal.screen()
    redact = seal(told.target.account, told.connection).told
    for notice in told.notices:
        console.print(Text(inert(redact(notice))), soft_wrap=True)


def attended(told: Settings, detail: Detail = Detail.USUAL) -> dict[str, Any]:
    """Run with somebody looking on, show what came of it, and return the record."""
    console = terminal.screen()
    record = _run(told, console, detail)
    terminal.show(record, console, str(told.output), detail)
    return record


def doctor_command(options: Mapping[str, Any]) -> int:
    """Show each step before a run, and return 2 at the first that fails."""
    with TemporaryDirectory() as folder:
        return carried_out(lambda told: _examine(told, folder, terminal.screen()), options)


def list_command(select: str, profiles: Sequence[str]) -> int:
    """List requirements."""
    try:
        for each in chosen(tuple(profiles) or PROFILES, select):
            click.echo(f"{each.id:<55} {each.level:<7} {each.sentence}")
    except UnknownSelectionError as error:
        return unusable(str(error))
    return 0


def explain_command(identifier: str) -> int:
    """Explain one requirement."""
    try:
        found = requirement(identifier.upper())
    except LookupError as error:
        return unusable(str(error.args[0]))
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
def settled(options: Mapping[str, Any], faults: Sequence[str], variants: Sequence[str]) -> Iterator[Settings]:
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
    with reference_process.reference_server(named) as running:
        live = options.get("active_session") or running.live
        told = {**options, "active_session": live}
        yield settings(told, reference=running.address, flaws=tuple(named))


def _run(told: Settings, console: Console, detail: Detail) -> dict[str, Any]:
    """Run, and say meanwhile what is under way, unless nobody wants to know."""
    if detail is Detail.QUIET:
        return run(told)
    opening(told, console)
    with Progress(console, _expected(told)) as progress:
        return run(told, progress)


def _expected(told: Settings) -> int | None:
    """Return how many requirements will be decided; None where the selection is wrong, which the run says."""
    try:
        return len(chosen(told.target.profiles, told.select))
    except UnknownSelectionError:
        return None


def opening(told: Settings, console: Console, workers: int = 1) -> None:
    """Say what is going to be run, by how many processes."""
    target = told.target
    where = "the built-in reference server (no --target given)" if target.reference else target.origin
    part = f"  shard {told.shard.number} of {told.shard.of}" if told.shard else ""
    each = f" by each of {workers} processes" if workers > 1 else ""
    effort = f"effort {told.effort}: up to {told.effort.requests:,} requests{each}, more for findings"
    named = f"  names begin with cc-{told.prefix}" if workers == 1 else ""
    how = f"profiles {', '.join(target.profiles)}  {effort}{part}{named}"
    console.print(Text.assemble(("conference-conformance", "bold"), f"  {inert(where)}"), soft_wrap=True)
    console.print(Text(f"{how}\n", "dim"), soft_wrap=True)


def _examine(told: Settings, folder: str, console: Console) -> int:
    with connected(told.target, told.limits, told.connection, Path(folder)) as wire:

        def say(word: tuple[str, str], text: str) -> None:
            lines = map(inert, wire.seal.told(text).split("\n"))
            console.print(Text.assemble(word, "  ", "\n".join(lines)), soft_wrap=True)

        try:
            for step in steps(_doctor(wire, told), allow_leftovers=told.allow_leftovers):
                say(("ok", "green"), f"{step.name:<12} {step.told}")
        except (PreflightError, StoppedError) as error:
            say(("no", "bold red"), str(error))
            exhausted = isinstance(error, StoppedError) and error.code == resource_exhaustion.CODE
            return BROKEN if exhausted else UNUSABLE
        finally:
            left = _cleaned(wire, told)
            if left:
                say(("no", "bold red"), f"left behind: {', '.join(left)}")
    return LEFT if left else 0


def _cleaned(wire: Wire, told: Settings) -> list[str]:
    """Delete what the steps have left, and return what stays."""
    clear(Api(wire, told.prefix, "clean-up"), wire.ledger)
    left = (*wire.ledger.leftovers, *wire.ledger.lost, *wire.ledger.unfindable)
    return [f"{each.collection}/{each.id or '(unknown id)'} {each.name}" for each in left]


def _doctor(wire: Wire, told: Settings) -> Api:
    return Api(wire, told.prefix, "doctor", effort=told.effort)


def unusable(problem: str) -> int:
    """Say why nothing can be done, and return the exit code for it."""
    click.echo(f"conformance: {redact_environment_credentials(problem)}", err=True)
    return UNUSABLE
