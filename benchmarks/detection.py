"""Detection of faults by this suite and by schemathesis.

Every tool runs against the same reference server over a socket: without a fault, and with one fault at a
time. A tool detects a fault if it reports a failure that it does not report for the correct server. Requests
are counted up to the first such failure, in the order of the record of the tool; a fault that is not detected
costs the whole run.

    python -m benchmarks.detection [--every 40] [--json FILE]
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from socket import socket
from statistics import median
from typing import Any

import uvicorn
from starlette.applications import Starlette

from benchmarks.measured_tools import conformance, read_record, run_command, schemathesis, write_description
from conformance.processes.reference_process import ACCOUNT
from reference.api.credentials import Credentials
from reference.api.live_session import LIVE_CONFERENCE_ID
from reference.app import ServerSettings, create_app
from reference.faults import MUST_FAULTS
from reference.variants import VARIANTS

SUITE = "conformance run"
CORRECT = "the correct server"
ALL = ("--phases", "examples,coverage,fuzzing,stateful", "--checks", "all")
TOOLS = {SUITE: (), "schemathesis run": (), "schemathesis run, all checks and phases": ALL}


FailureIds = frozenset[tuple[str, ...]]
Failure = tuple[tuple[str, ...], int, float]  # identity, and the requests and seconds up to it


@dataclass(frozen=True)
class Result:
    """Result of one tool for one server: requests and seconds up to the first failure or the end."""

    tool: str
    server: str
    failed: bool
    requests: int
    seconds: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Run all tools with a sample of faults and variants, print a table, and write JSON if requested."""
    options = _options().parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        results = list(_results(write_description(Path(folder)), options.every))
    print(table(results))
    if options.json is not None:
        text = json.dumps([asdict(result) for result in results], indent=2)
        options.json.write_text(text + "\n", encoding="utf-8")


def table(results: Sequence[Result]) -> str:
    """Return the detection of each tool as a Markdown table."""
    lines = [
        "| tool | faults detected | requests to detection | over all faults | seconds | false positives |",
        "|---|---|---|---|---|---|",
    ]
    for tool in TOOLS:
        tool_results = [result for result in results if result.tool == tool]
        faulty = [result for result in tool_results if result.server in MUST_FAULTS]
        correct = [result for result in tool_results if result.server not in MUST_FAULTS]
        detected = [result for result in faulty if result.failed]
        false_positives = f"{sum(result.failed for result in correct)} of {len(correct)}"
        medians = f"{_requests(detected)} | {_requests(faulty)} | {_seconds(detected)}"
        lines.append(f"| {tool} | {len(detected)} of {len(faulty)} | {medians} | {false_positives} |")
    return "\n".join(lines)


def _requests(results: Sequence[Result]) -> str:
    return f"{median(result.requests for result in results):.0f}" if results else "-"


def _seconds(results: Sequence[Result]) -> str:
    return f"{median(result.seconds for result in results):.1f}" if results else "-"


def _results(description: Path, every: int) -> Iterator[Result]:
    """Run every tool against every server; for correct servers every failure counts."""
    ignored = {
        tool: frozenset(identity for identity, _, _ in _failures(tool, CORRECT, description)[0])
        for tool in TOOLS
        if tool != SUITE
    }
    for server in (CORRECT, *list(VARIANTS)[::every], *list(MUST_FAULTS)[::every]):
        for tool in TOOLS:
            if tool == SUITE:
                result = _suite_result(server)
            else:
                expected = ignored[tool] if server in MUST_FAULTS else frozenset()
                result = _schemathesis_result(tool, server, description, expected)
            print(result, file=sys.stderr, flush=True)
            yield result


def _suite_result(server: str) -> Result:
    with _serving(_server(server)) as url, tempfile.TemporaryDirectory() as output:
        arguments = ["--fail-fast", "--active-session", LIVE_CONFERENCE_ID, "--output", f"{output}/results"]
        completed = run_command(conformance("run", "--target", url, *arguments), output)
        requests = _first_failure(read_record(Path(output, "results")))
    return Result(SUITE, server, completed.code == 1, requests, round(completed.seconds, 2))


def _first_failure(record: Mapping[str, Any]) -> int:
    """Return the number of the first exchange with a failure, or of the last exchange."""
    failed = (entry for entry in record["requirements"] if entry["verdict"] == "failed")
    numbers: Iterator[int] = (max(finding["exchanges"]) for entry in failed for finding in entry["findings"])
    return min(numbers, default=int(record["requests"]))


def _schemathesis_result(tool: str, server: str, description: Path, ignored: FailureIds) -> Result:
    failures, requests, seconds = _failures(tool, server, description)
    first = next(((count, second) for identity, count, second in failures if identity not in ignored), None)
    return Result(tool, server, first is not None, *(first or (requests, seconds)))


def _failures(tool: str, server: str, description: Path) -> tuple[list[Failure], int, float]:
    """Return the failures that schemathesis reports, and the requests and seconds of the run."""
    with _serving(_server(server)) as url, tempfile.TemporaryDirectory() as output:
        arguments = ["--seed", "1", "--report", "ndjson", *TOOLS[tool]]
        arguments += ["--report-ndjson-path", f"{output}/events.ndjson"]
        started = time.time()
        run_command(schemathesis(description, url, *arguments), output)
        seconds = round(time.time() - started, 2)
        scenarios = list(_scenarios(Path(output) / "events.ndjson"))
    sent = sum(len(scenario["recorder"].get("interactions", {})) for scenario in scenarios)
    return list(_reported_failures(scenarios, started)), sent, seconds


def _scenarios(events: Path) -> Iterator[Mapping[str, Any]]:
    for line in events.read_text(encoding="utf-8").splitlines():
        event = json.loads(line).get("ScenarioFinished")
        if event is not None:
            yield event


def _reported_failures(scenarios: Iterable[Mapping[str, Any]], started: float) -> Iterator[Failure]:
    sent = 0
    for event in scenarios:
        recorder = event["recorder"]
        for case in recorder.get("interactions", {}):
            sent += 1
            for check in recorder.get("checks", {}).get(case, ()):
                if check["status"] == "failure":
                    yield _identity(check), sent, round(event["timestamp"] - started, 2)


def _identity(check: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the identity of a failure: operation, check, title, and first line of the message."""
    failure = check["failure_info"]["failure"]
    return failure["operation"], check["name"], failure["title"], failure["message"].partition("\n")[0]


def _server(name: str) -> Starlette:
    """Return the reference server with the fault or variant of this name, if there is one."""
    faults, variants = ([name] if name in flaws else [] for flaws in (MUST_FAULTS, VARIANTS))
    return create_app(
        ServerSettings(Credentials(ACCOUNT.project, ACCOUNT.token), tuple(faults), tuple(variants))
    )


@contextmanager
def _serving(app: Starlette) -> Iterator[str]:
    """Serve on a free local port during the block."""
    listening = socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--every", type=int, default=40, help="use every Nth fault and variant")
    parser.add_argument("--json", type=Path, help="write all results to a JSON file")
    return parser


if __name__ == "__main__":
    main()
