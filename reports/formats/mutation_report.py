"""The mutation matrix as text on the screen, as JSON, as Markdown and as a page with a heat map."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from reports.files import private_files

JSON, MARKDOWN, HTML = FILES = "matrix.json", "matrix.md", "matrix.html"
_MOST: Final = 20  # faults named on the screen; all stand in matrix.json
_STYLES: Final = {"caught": "green", "others": "yellow", "missed": "bold red"}
_WORDS: Final = {
    "caught": "caught by the checks named for it",
    "others": "caught by other checks only",
    "missed": "missed",
}


def write(matrix: Mapping[str, Any], folder: Path) -> None:
    """Write matrix.json, matrix.md and matrix.html."""
    private_files.made(folder)
    private_files.write(json.dumps(matrix, indent=1, ensure_ascii=True) + "\n", folder / JSON)
    private_files.write(markdown(matrix), folder / MARKDOWN)
    private_files.write(html(matrix), folder / HTML)


def show(matrix: Mapping[str, Any], console: Console) -> None:
    """Print what was not caught and who was blamed, then the sums."""
    wanting = [fault for fault in matrix["faults"] if fault["proof"] != "caught"]
    for fault in wanting[:_MOST]:
        head = Text.assemble(
            (fault["proof"], _STYLES[fault["proof"]]), f"  {fault['id']}: {fault['summary']}"
        )
        console.print(head, soft_wrap=True)
        console.print(Text(f"  breaks  {', '.join(fault['breaks'])}"), soft_wrap=True)
        console.print(Text(f"  broken  {', '.join(fault['broken']) or 'nothing'}"), soft_wrap=True)
    if len(wanting) > _MOST:
        console.print(f"… and {len(wanting) - _MOST} more", style="dim")
    for server in matrix["variants"]:
        if server["blamed"]:
            told = f"  {', '.join(server['variants'])} (seed {server['seed']}): {', '.join(server['blamed'])}"
            console.print(Text.assemble(("blamed", "bold red"), told), soft_wrap=True)
    for line in _sums(matrix):
        console.print(line, soft_wrap=True)
    console.print(f"{matrix['requests']} requests, {matrix['seconds']} s, {matrix['workers']} processes")


def markdown(matrix: Mapping[str, Any]) -> str:
    """Return the matrix as Markdown; nothing in it changes from one run to the next but what is proven."""
    return "\n".join(_markdown(matrix)) + "\n"


def html(matrix: Mapping[str, Any]) -> str:
    """Return the matrix as one page that needs no network and no script."""
    from jinja2 import Environment, PackageLoader

    environment = Environment(loader=PackageLoader("reports"), autoescape=True, trim_blocks=True)
    rows = {each["id"]: row for row, each in enumerate(matrix["requirements"])}
    return environment.get_template("matrix.html").render(
        matrix=matrix,
        sums=_sums(matrix),
        operations=_by_operation(matrix["requirements"]),
        state=_state,
        words=_WORDS,
        cells=list(_cells(matrix["faults"], rows)),
    )


def _sums(matrix: Mapping[str, Any]) -> Iterator[str]:
    counts = ", ".join(f"{matrix['counts'][proof]} {words}" for proof, words in _WORDS.items())
    if matrix["faults"]:
        yield f"{len(matrix['faults'])} faults: {counts}"
    if matrix["servers_right"]:
        bound = matrix["false_alarms_below"]
        below = f" (so fewer than {bound:.1%} of such servers are, at 95 % confidence)" if bound else ""
        right = f"{matrix['servers_right']} servers with permitted differences"
        yield f"{right}: {matrix['blamed']} blamed{below}"
    if not matrix["complete"]:
        yield "interrupted: this is a part of the matrix"


def _markdown(matrix: Mapping[str, Any]) -> Iterator[str]:
    for line in _sums(matrix):
        yield from (f"- {line}",)
    yield from ("", "## Requirements and the faults that prove their checks", "")
    for operation, requirements in _by_operation(matrix["requirements"]).items():
        yield from (f"### {operation}", "", "| requirement | level | caught | faults |", "|---|---|---|---|")
        for each in requirements:
            caught = f"{len(each['caught'])} of {len(each['faults'])}"
            yield f"| {each['id']} | {each['level']} | {caught} | {', '.join(each['faults'])} |"
        yield ""
    yield from ("## Permitted differences", "", "| variant | permitted by | blamed for |", "|---|---|---|")
    for server in matrix["variants"]:
        if "permitted" in server:
            blamed = ", ".join(server["blamed"]) or "nothing"
            yield f"| {server['variants'][0]} | {server['permitted']} | {blamed} |"


def _by_operation(requirements: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for each in requirements:
        groups.setdefault(each["operation"], []).append(each)
    return groups


def _state(requirement: Mapping[str, Any]) -> str:
    """Return how well the check of a requirement is proven."""
    if not requirement["faults"]:
        return "none"
    return "caught" if len(requirement["caught"]) == len(requirement["faults"]) else "missed"


def _cells(faults: Sequence[Mapping[str, Any]], rows: Mapping[str, int]) -> Iterator[tuple[int, int, str]]:
    """Yield a dot for each requirement that a fault breaks: by its design, or besides."""
    for column, fault in enumerate(faults):
        for broken in fault["broken"]:
            if broken in rows:
                yield column, rows[broken], "named" if broken in fault["breaks"] else "besides"
        for missed in set(fault["breaks"]) - set(fault["broken"]):
            yield column, rows[missed], "missed"
