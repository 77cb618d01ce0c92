"""The table of docs/explanation/robustness.md: `python -m tests.support.hostile [NAME...]`."""

import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import gettempdir
from typing import Final

from tests.support.hostile.hostile_run import MAX_SECONDS, SELECTION, TIMEOUT, HostileRun, run_against
from tests.support.hostile.servers import hostile_servers

_DOCUMENT: Final = Path(__file__).parents[3] / "docs" / "explanation" / "robustness.md"
_MARK: Final = "<!-- made by python -m tests.support.hostile -->"
_MAX_LENGTH: Final = 110


def main(names: Iterable[str]) -> None:
    """Run against all servers, or those whose names have one of the prefixes, and print the results."""
    prefixes = tuple(names)
    servers = [server for server in hostile_servers() if not prefixes or server.name.startswith(prefixes)]
    rows = []
    with ThreadPoolExecutor(4) as pool:
        for run in pool.map(run_against, servers):
            rows.append(_row(run))
            mismatch = (
                ""
                if run.exit_code in run.server.exit_codes
                else f"  expected {sorted(run.server.exit_codes)}"
            )
            sys.stdout.write(f"{rows[-1]}{mismatch}\n")
            sys.stdout.flush()
    if not prefixes:
        text = _DOCUMENT.read_text(encoding="utf-8").partition(_MARK)[0]
        _DOCUMENT.write_text(f"{text}{_MARK}\n\n{_HEAD}\n" + "\n".join(rows) + "\n", encoding="utf-8")


_HEAD: Final = (
    f"Each with `--timeout {TIMEOUT:g} --max-seconds {MAX_SECONDS:g} --effort smoke`\n"
    f"`--select '{SELECTION}'`.\n\n"
    "| server | exit code | seconds | peak MB | message |\n|---|---|---|---|---|"
)


def _row(run: HostileRun) -> str:
    text = run.message.partition(f", {gettempdir()}")[0].replace("|", "\\|").replace("`", "'")
    message = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    cut = message if len(message) <= _MAX_LENGTH else f"{message[:_MAX_LENGTH]}…"
    return f"| {run.server.name} | {run.exit_code} | {run.seconds:.1f} | {run.memory:.0f} | {cut} |"


if __name__ == "__main__":
    main(sys.argv[1:])
