"""`conformance init`: a commented configuration file and the file of a CI pipeline."""

from importlib import resources
from pathlib import Path
from typing import Final

import click

from conformance.config.setting_types import ConfigurationError

CONFIGURATION: Final = Path("conformance.toml")
PIPELINES: Final = {
    "github": Path(".github", "workflows", "conformance.yml"),
    "gitlab": Path(".gitlab", "conformance.gitlab-ci.yml"),
}
_INCLUDE: Final = f"include it in .gitlab-ci.yml: include: {{local: /{PIPELINES['gitlab'].as_posix()}}}"


def write_project_files(folder: Path, ci: str | None) -> None:
    """Write the files to a folder and print their paths; raise ConfigurationError if one exists."""
    files = {CONFIGURATION: "conformance.toml"}
    if ci is not None:
        files[PIPELINES[ci]] = f"{ci}.yml"
    existing = [str(folder / path) for path in files if (folder / path).exists()]
    if existing:
        raise ConfigurationError(f"{' and '.join(existing)} already exists; nothing was written")
    for path, template in files.items():
        try:
            _write_new(folder / path, template)
        except OSError as error:
            raise ConfigurationError(f"{folder / path} cannot be written: {error.strerror}") from None
        click.echo(f"{folder / path}")
    if ci == "gitlab":
        click.echo(_INCLUDE)


def _write_new(path: Path, template: str) -> None:
    text = (resources.files("conformance.cli") / "templates" / template).read_text(encoding="utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:  # never overwrites
        file.write(text)
