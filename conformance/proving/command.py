"""What `conformance prove` does, once it is more than its options."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress

from conformance.proving.matrix import UnknownFlawError, extent, prove
from conformance.settings import Effort
from reports import matrix as report
from reports import terminal
from reports.endings import FAILS, INTERRUPTED, UNUSABLE


def prove_command(
    faults: Sequence[str], variants: Sequence[str], effort: Effort, output: str | None, **how: Any
) -> int:
    """Prove, show the matrix, and return the exit code; `how` are the other members of an Extent."""
    console = terminal.screen()
    how["workers"] = how["workers"] or os.cpu_count() or 1
    try:
        wanted = extent(faults, variants, effort=effort, alone=effort, **how)
    except UnknownFlawError as error:
        click.echo(f"conformance: {error}", err=True)
        return UNUSABLE
    with Progress(console=console, transient=True, disable=not terminal.lively(console)) as progress:
        task = progress.add_task("servers on trial")
        matrix = prove(wanted, lambda done, total: progress.update(task, completed=done, total=total))
    report.show(matrix, console)
    if output:
        report.write(matrix, Path(output))
    if not matrix["complete"]:
        return INTERRUPTED
    return 0 if matrix["counts"]["caught"] == len(matrix["faults"]) and not matrix["blamed"] else FAILS
