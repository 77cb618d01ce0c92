"""Mutation matrix as terminal output, JSON, Markdown and HTML."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from reports.files import shared_files

JSON, MARKDOWN, HTML = FILES = "matrix.json", "matrix.md", "matrix.html"
_MAX_FAULTS: Final = 20  # printed; matrix.json contains all
_STYLES: Final = {"detected": "green", "detected-by-others": "yellow", "missed": "bold red"}
_LABELS: Final = {
    "detected": "detected by the intended checks",
    "detected-by-others": "detected only by other checks",
    "missed": "missed",
}
_SHORT_LABELS: Final = {
    "detected": "detected",
    "detected-by-others": "detected by other checks",
    "missed": "missed",
}


def write(matrix: Mapping[str, Any], folder: Path) -> None:
    """Write matrix.json, matrix.md and matrix.html."""
    shared_files.make_folder(folder)
    shared_files.write(json.dumps(matrix, indent=1, ensure_ascii=True) + "\n", folder / JSON)
    shared_files.write(markdown(matrix), folder / MARKDOWN)
    shared_files.write(html(matrix), folder / HTML)


def print_matrix(matrix: Mapping[str, Any], console: Console) -> None:
    """Print the undetected faults and the false positives, then the totals."""
    undetected = [fault for fault in matrix["faults"] if fault["detection"] != "detected"]
    for fault in undetected[:_MAX_FAULTS]:
        head = Text.assemble(
            (_SHORT_LABELS[fault["detection"]], _STYLES[fault["detection"]]),
            f"  {fault['id']}: {fault['summary']}",
        )
        console.print(head, soft_wrap=True)
        console.print(Text(f"  intended  {', '.join(fault['breaks'])}"), soft_wrap=True)
        console.print(Text(f"  detected  {', '.join(fault['violated']) or 'none'}"), soft_wrap=True)
    if len(undetected) > _MAX_FAULTS:
        console.print(f"… and {len(undetected) - _MAX_FAULTS} more", style="dim")
    _print_unspecific(matrix, console)
    for server in matrix["variants"]:
        if server["false_positives"]:
            variants, blamed = ", ".join(server["variants"]), ", ".join(server["false_positives"])
            text = f"  {variants} (seed {server['seed']}): {blamed}"
            console.print(Text.assemble(("false positive", "bold red"), text), soft_wrap=True)
    for line in _sums(matrix):
        console.print(line, soft_wrap=True)
    console.print(f"{matrix['requests']} requests, {matrix['seconds']} s, {matrix['workers']} processes")


def _print_unspecific(matrix: Mapping[str, Any], console: Console) -> None:
    """Print the faults with too many root causes or with unrelated violations."""
    ids = set((matrix["specificity"] or {}).get("unspecific", ()))
    for fault in [fault for fault in matrix["faults"] if fault["id"] in ids][:_MAX_FAULTS]:
        unrelated = ", ".join(fault["unrelated"]) or "none"
        text = f"  {fault['id']}: {fault['headlines']} root causes; unrelated: {unrelated}"
        console.print(Text.assemble(("not specific", "bold red"), text), soft_wrap=True)


def markdown(matrix: Mapping[str, Any]) -> str:
    """Return the matrix as Markdown, which differs between runs only if the results differ."""
    return "\n".join(_markdown(matrix)) + "\n"


def html(matrix: Mapping[str, Any]) -> str:
    """Return the matrix as a self-contained HTML page."""
    from jinja2 import Environment, PackageLoader

    environment = Environment(loader=PackageLoader("reports"), autoescape=True, trim_blocks=True)
    rows = {requirement["id"]: row for row, requirement in enumerate(matrix["requirements"])}
    return environment.get_template("matrix.html").render(
        matrix=matrix,
        sums=_sums(matrix),
        operations=_by_operation(matrix["requirements"]),
        state=_state,
        labels=_LABELS,
        cells=list(_cells(matrix["faults"], rows)),
    )


def _sums(matrix: Mapping[str, Any]) -> Iterator[str]:
    counts = ", ".join(f"{matrix['counts'][proof]} {label}" for proof, label in _LABELS.items())
    if matrix["faults"]:
        yield f"{len(matrix['faults'])} faults: {counts}"
    if specificity := matrix["specificity"]:
        figures = (
            f"root causes per fault: median {specificity['median']:g}, mean {specificity['mean']}, "
            f"at most {specificity['most']}"
        )
        unspecific = f"{len(specificity['unspecific'])} with unrelated violations or too many root causes"
        yield f"{specificity['faults']} faults measured for specificity; {figures}; {unspecific}"
    if matrix["variant_servers"]:
        bound = matrix["false_positive_rate_below"]
        below = f" (rate below {bound:.1%} at 95 % confidence)" if bound else ""
        servers = f"{matrix['variant_servers']} servers with permitted variants"
        yield f"{servers}: {matrix['false_positives']} with false positives{below}"
    if not matrix["complete"]:
        yield "interrupted: the matrix is incomplete"


def _markdown(matrix: Mapping[str, Any]) -> Iterator[str]:
    for line in _sums(matrix):
        yield from (f"- {line}",)
    yield from ("", "## Requirements and their faults", "")
    for operation, requirements in _by_operation(matrix["requirements"]).items():
        yield from (
            f"### {operation}",
            "",
            "| requirement | level | detected | faults |",
            "|---|---|---|---|",
        )
        for requirement in requirements:
            detected = f"{len(requirement['detected'])} of {len(requirement['faults'])}"
            faults = ", ".join(requirement["faults"])
            yield f"| {requirement['id']} | {requirement['level']} | {detected} | {faults} |"
        yield ""
    yield from ("## Permitted variants", "", "| variant | permitted by | false positives |", "|---|---|---|")
    for server in matrix["variants"]:
        if "permitted" in server:
            blamed = ", ".join(server["false_positives"]) or "none"
            yield f"| {server['variants'][0]} | {server['permitted']} | {blamed} |"
    yield from ("", "## Faults with several root causes", "")
    yield from ("| fault | root causes | unrelated violations |", "|---|---|---|")
    for fault in matrix["faults"]:
        if (fault["headlines"] or 0) > 1 or fault["unrelated"]:
            unrelated = ", ".join(fault["unrelated"]) or "none"
            yield f"| {fault['id']} | {fault['headlines']} | {unrelated} |"


def _by_operation(requirements: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for requirement in requirements:
        groups.setdefault(requirement["operation"], []).append(requirement)
    return groups


def _state(requirement: Mapping[str, Any]) -> str:
    """Return whether the faults of a requirement are detected by its check."""
    if not requirement["faults"]:
        return "none"
    return "detected" if len(requirement["detected"]) == len(requirement["faults"]) else "missed"


def _cells(faults: Sequence[Mapping[str, Any]], rows: Mapping[str, int]) -> Iterator[tuple[int, int, str]]:
    """Yield column, row and kind of each violation and each missed fault."""
    for column, fault in enumerate(faults):
        for broken in fault["violated"]:
            if broken in rows:
                yield column, rows[broken], "intended" if broken in fault["breaks"] else "also"
        for missed in set(fault["breaks"]) - set(fault["violated"]):
            yield column, rows[missed], "missed"
