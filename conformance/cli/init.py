"""`conformance init`: a commented configuration file and a file for a CI system or a cluster."""

from importlib import resources
from pathlib import Path
from typing import Final

import click

from conformance.config.setting_types import ConfigurationError

CONFIGURATION: Final = Path("conformance.toml")
_WORKFLOW: Final = Path(".github", "workflows", "conformance.yml")
_GITLAB: Final = Path(".gitlab", "conformance.gitlab-ci.yml")
PIPELINES: Final = {
    "github": _WORKFLOW,
    "github-shards": _WORKFLOW,
    "gitlab": _GITLAB,
    "gitlab-shards": _GITLAB,
    "jenkins": Path("Jenkinsfile"),
    "kubernetes": Path("conformance-job.yaml"),
}
TEMPLATES: Final = {
    **{name: f"{name}.yml" for name in PIPELINES},
    "jenkins": "Jenkinsfile",
    "kubernetes": "kubernetes-job.yaml",
}
_INCLUDE: Final = f"include it in .gitlab-ci.yml: include: {{local: /{_GITLAB.as_posix()}}}"


def write_project_files(folder: Path, ci: str | None) -> None:
    """Write the files to a folder and print their paths; raise ConfigurationError if one exists."""
    files = {CONFIGURATION: "conformance.toml"}
    if ci is not None:
        files[PIPELINES[ci]] = TEMPLATES[ci]
    existing = [str(folder / path) for path in files if (folder / path).exists()]
    if existing:
        raise ConfigurationError(f"{' and '.join(existing)} already exists; nothing was written")
    for path, template in files.items():
        try:
            _write_new(folder / path, template)
        except OSError as error:
            raise ConfigurationError(f"{folder / path} cannot be written: {error.strerror}") from None
        click.echo(f"{folder / path}")
    if ci is not None and PIPELINES[ci] == _GITLAB:
        click.echo(_INCLUDE)


def _write_new(path: Path, template: str) -> None:
    text = (resources.files("conformance.cli") / "templates" / template).read_text(encoding="utf-8")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:  # never overwrites
        file.write(text)
