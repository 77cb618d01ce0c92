"""Declarations of the commands that prepare a project, and clean up after a run."""

import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from conformance.cli.declarations.target_options import (
    connection_options,
    credential_options,
    rate_limit_option,
    timeout_option,
)
from conformance.cli.interface.command import Command, examples


@click.command(cls=Command, epilog=examples("conformance init --ci github"))
@click.argument(
    "folder", default=Path(), metavar="[DIR]", type=click.Path(file_okay=False, exists=True, path_type=Path)
)
@click.option(
    "--ci",
    type=click.Choice(["github", "github-shards", "gitlab", "gitlab-shards", "jenkins", "kubernetes"]),
    help="Also write the file of a CI pipeline, with two parallel jobs if it has shards, or of a job.",
)
def init(folder: Path, ci: str | None) -> None:
    """Write a commented conformance.toml to the current directory, or to DIR; nothing is overwritten."""
    from conformance.cli.init import write_project_files
    from conformance.config.setting_types import ConfigurationError

    try:
        write_project_files(folder, ci)
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from None


@click.command(
    cls=Command,
    epilog=examples(
        "conformance cleanup --run conformance-results --target https://example.com",
        "conformance cleanup --run conformance-results --yes",
    ),
)
@click.option(
    "--run",
    "folder",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Output directory of the run.",
)
@click.option("--target", metavar="ORIGIN", help="Target of the run; confirms where credentials are sent.")
@click.option("--yes", is_flag=True, help="Trust DIR: send credentials to the target recorded there.")
@credential_options
@rate_limit_option
@timeout_option
@connection_options
@click.option("--config", type=click.Path(), metavar="FILE", help="Configuration file, as for `run`.")
def cleanup(folder: Path, *, yes: bool, **options: Any) -> NoReturn:
    """Delete resources that a killed run left at its target.

    Deletes only resources that are listed in the run's ledger and whose get returns the unique name of their
    create request. The target recorded in DIR must be confirmed: with --target, in the configuration file, or
    with --yes.

    Exit codes: 0 nothing left, 5 resources left, 2 clean-up not possible.
    """
    from conformance.cli.cleanup import cleanup_command

    sys.exit(cleanup_command(folder, options, confirmed=yes))
