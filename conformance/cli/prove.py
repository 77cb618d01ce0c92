"""The `conformance prove` command."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress

from conformance.config.settings import Effort
from conformance.mutation.matrix import UnknownFaultError, mutation_plan, run_matrix
from reports.files import private_files, shared_files
from reports.formats import mutation_report as report
from reports.formats.terminal.console import stdout_console, supports_live_update
from reports.presentation.sanitize import escape_unprintable
from reports.records.exit_codes import INTERNAL_ERROR, INTERRUPTED, NONCONFORMANT, USAGE_ERROR


def prove_command(
    faults: Sequence[str], variants: Sequence[str], effort: Effort, output: str | None, **plan_options: Any
) -> int:
    """Run the mutation tests, print the matrix, and return the exit code.

    `plan_options` are the remaining parameters of `mutation_plan`.
    """
    console = stdout_console()
    plan_options["workers"] = plan_options["workers"] or os.cpu_count() or 1
    try:
        plan = mutation_plan(faults, variants, effort=effort, **plan_options)
    except UnknownFaultError as error:
        click.echo(f"conformance: {error}", err=True)
        return USAGE_ERROR
    if output and (problem := _output_problem(Path(output))):
        click.echo(escape_unprintable(f"conformance: {problem}"), err=True)
        return USAGE_ERROR
    with Progress(console=console, transient=True, disable=not supports_live_update(console)) as progress:
        task = progress.add_task("servers tested")
        matrix = run_matrix(plan, lambda done, total: progress.update(task, completed=done, total=total))
    report.print_matrix(matrix, console)
    if output:
        try:
            report.write(matrix, Path(output))
        except OSError as error:
            click.echo(
                escape_unprintable(f"conformance: {output} cannot be written to: {error.strerror}"), err=True
            )
            return INTERNAL_ERROR
    if not matrix["complete"]:
        return INTERRUPTED
    return 0 if _proves(matrix) else NONCONFORMANT


def _proves(matrix: Mapping[str, Any]) -> bool:
    """Return whether every fault is detected, specifically, and no variant causes a false positive."""
    specificity = matrix["specificity"]
    return (
        matrix["counts"]["detected"] == len(matrix["faults"])
        and not matrix["false_positives"]
        and not (specificity and specificity["unspecific"])
    )


def _output_problem(folder: Path) -> str | None:
    """Create the output folder, and return why it cannot be used; None if it can."""
    try:
        shared_files.make_folder(folder)
    except OSError as error:
        return f"--output '{folder}' cannot be written to: {error.strerror}"
    return next(
        (
            f"{folder / name} is a folder; the matrix is written to a file of that name"
            for name in report.FILES
            if private_files.is_folder(folder / name)
        ),
        None,
    )
