"""Quick runs into an output folder, and the content of the folder."""

from pathlib import Path

from click.testing import Result

from tests.support.command_line import invoke_without_traceback

QUICK = ("--effort", "smoke", "--select", "API-AUTH-BASIC-ACCEPT")


def run(origin: str, *options: str) -> Result:
    return invoke_without_traceback("run", "--target", origin, "--output", "out", *QUICK, *options)


def content(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
