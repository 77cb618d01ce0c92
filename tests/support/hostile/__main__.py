"""The table of docs/explanation/robustness.md: `python -m tests.support.hostile [NAME...]`."""

import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import gettempdir
from typing import Final

from tests.support.hostile.attack import MAX_SECONDS, SELECTED, TIMEOUT, Came, attacked
from tests.support.hostile.servers import hostile

_DOCUMENT: Final = Path(__file__).parents[3] / "docs" / "explanation" / "robustness.md"
_MARK: Final = "<!-- made by python -m tests.support.hostile -->"
_LONGEST: Final = 110


def main(names: Iterable[str]) -> None:
    """Attack all servers, or those whose names begin so, two at a time, and tell what came of it."""
    wanted = tuple(names)
    servers = [each for each in hostile() if not wanted or each.name.startswith(wanted)]
    rows = []
    with ThreadPoolExecutor(4) as pool:
        for came in pool.map(attacked, servers):
            rows.append(_row(came))
            wrong = "" if came.code in came.server.codes else f"  expected {sorted(came.server.codes)}"
            sys.stdout.write(f"{rows[-1]}{wrong}\n")
            sys.stdout.flush()
    if not wanted:
        text = _DOCUMENT.read_text(encoding="utf-8").partition(_MARK)[0]
        _DOCUMENT.write_text(f"{text}{_MARK}\n\n{_HEAD}\n" + "\n".join(rows) + "\n", encoding="utf-8")


_HEAD: Final = (
    f"Each with `--timeout {TIMEOUT:g} --max-seconds {MAX_SECONDS:g} --effort smoke`\n"
    f"`--select '{SELECTED}'`.\n\n"
    "| server | exit code | seconds | peak MB | what the user reads |\n|---|---|---|---|---|"
)


def _row(came: Came) -> str:
    told = came.told.partition(f", {gettempdir()}")[0].replace("|", "\\|").replace("`", "'")
    told = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in told)
    cut = told if len(told) <= _LONGEST else f"{told[:_LONGEST]}…"
    return f"| {came.server.name} | {came.code} | {came.seconds:.1f} | {came.memory:.0f} | {cut} |"


if __name__ == "__main__":
    main(sys.argv[1:])
