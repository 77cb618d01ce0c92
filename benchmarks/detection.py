"""What this suite finds, next to `schemathesis run`, on the same faulty servers, one after the other.

Every tool meets the same reference server over a socket, with one fault at a time, and with none. A tool
finds a fault if it reports a failure there that it does not report on the correct server: what schemathesis
holds against that one is learned first. Requests are counted up to the exchange that shows the first such
failure, in the order of the tool's own record; a fault that is not found costs the whole run.

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

from benchmarks.measured_tools import conformance, description, ran, record, schemathesis
from conformance.processes.reference_process import ACCOUNT
from reference.api.credentials import Credentials
from reference.api.live_session import LIVE_CONFERENCE_ID
from reference.app import ServerSettings, create_app
from reference.faults import MUST_FAULTS
from reference.variants import VARIANTS

OURS = "conformance run"
CORRECT = "the correct server"
ALL = ("--phases", "examples,coverage,fuzzing,stateful", "--checks", "all")
TOOLS = {OURS: (), "schemathesis run": (), "schemathesis run, all checks and phases": ALL}


Known = frozenset[tuple[str, ...]]
Failure = tuple[tuple[str, ...], int, float]  # what it is, and the requests and seconds up to it


@dataclass(frozen=True)
class Meeting:
    """What one tool said of one server, and the requests and seconds up to its first failure or its end."""

    tool: str
    server: str
    failed: bool
    requests: int
    seconds: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Run all tools over some faults and variants, print a table, and write JSON if asked to."""
    options = _options().parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        meetings = list(_meetings(description(Path(folder)), options.every))
    print(table(meetings))
    if options.json is not None:
        told = json.dumps([asdict(meeting) for meeting in meetings], indent=2)
        options.json.write_text(told + "\n", encoding="utf-8")


def table(meetings: Sequence[Meeting]) -> str:
    """Return what each tool found, as Markdown."""
    lines = [
        "| tool | faults found | requests to the finding | over all faults | seconds | false alarms |",
        "|---|---|---|---|---|---|",
    ]
    for tool in TOOLS:
        own = [meeting for meeting in meetings if meeting.tool == tool]
        wrong = [meeting for meeting in own if meeting.server in MUST_FAULTS]
        right = [meeting for meeting in own if meeting.server not in MUST_FAULTS]
        found = [meeting for meeting in wrong if meeting.failed]
        alarms = f"{sum(meeting.failed for meeting in right)} of {len(right)}"
        medians = f"{_requests(found)} | {_requests(wrong)} | {_seconds(found)}"
        lines.append(f"| {tool} | {len(found)} of {len(wrong)} | {medians} | {alarms} |")
    return "\n".join(lines)


def _requests(meetings: Sequence[Meeting]) -> str:
    return f"{median(meeting.requests for meeting in meetings):.0f}" if meetings else "-"


def _seconds(meetings: Sequence[Meeting]) -> str:
    return f"{median(meeting.seconds for meeting in meetings):.1f}" if meetings else "-"


def _meetings(described: Path, every: int) -> Iterator[Meeting]:
    """Let every tool meet every server; on correct ones nothing that is learned excuses a failure."""
    known = {
        tool: frozenset(each for each, _, _ in _failures(tool, CORRECT, described)[0])
        for tool in TOOLS
        if tool != OURS
    }
    for server in (CORRECT, *list(VARIANTS)[::every], *list(MUST_FAULTS)[::every]):
        for tool in TOOLS:
            if tool == OURS:
                meeting = _ours(server)
            else:
                expected = known[tool] if server in MUST_FAULTS else frozenset()
                meeting = _theirs(tool, server, described, expected)
            print(meeting, file=sys.stderr, flush=True)
            yield meeting


def _ours(server: str) -> Meeting:
    with _serving(_server(server)) as url, tempfile.TemporaryDirectory() as output:
        own = ["--fail-fast", "--active-session", LIVE_CONFERENCE_ID, "--output", f"{output}/results"]
        came = ran(conformance("run", "--target", url, *own), output)
        shown = _shown(record(Path(output, "results")))
    return Meeting(OURS, server, came.code == 1, shown, round(came.seconds, 2))


def _shown(told: Mapping[str, Any]) -> int:
    """Return the number of the exchange that shows the first failure, of the last one without any."""
    failed = (each for each in told["requirements"] if each["verdict"] == "failed")
    shown: Iterator[int] = (max(finding["exchanges"]) for each in failed for finding in each["findings"])
    return min(shown, default=int(told["requests"]))


def _theirs(tool: str, server: str, described: Path, known: Known) -> Meeting:
    failures, requests, seconds = _failures(tool, server, described)
    first = next(((count, second) for each, count, second in failures if each not in known), None)
    return Meeting(tool, server, first is not None, *(first or (requests, seconds)))


def _failures(tool: str, server: str, described: Path) -> tuple[list[Failure], int, float]:
    """Return what schemathesis reports, each with the requests and seconds up to it, and those of the run."""
    with _serving(_server(server)) as url, tempfile.TemporaryDirectory() as output:
        own = ["--seed", "1", "--report", "ndjson", *TOOLS[tool]]
        own += ["--report-ndjson-path", f"{output}/events.ndjson"]
        began = time.time()
        ran(schemathesis(described, url, *own), output)
        seconds = round(time.time() - began, 2)
        scenarios = list(_scenarios(Path(output) / "events.ndjson"))
    sent = sum(len(each["recorder"].get("interactions", {})) for each in scenarios)
    return list(_told(scenarios, began)), sent, seconds


def _scenarios(events: Path) -> Iterator[Mapping[str, Any]]:
    for line in events.read_text(encoding="utf-8").splitlines():
        event = json.loads(line).get("ScenarioFinished")
        if event is not None:
            yield event


def _told(scenarios: Iterable[Mapping[str, Any]], began: float) -> Iterator[Failure]:
    sent = 0
    for event in scenarios:
        recorder = event["recorder"]
        for case in recorder.get("interactions", {}):
            sent += 1
            for check in recorder.get("checks", {}).get(case, ()):
                if check["status"] == "failure":
                    yield _identity(check), sent, round(event["timestamp"] - began, 2)


def _identity(check: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what makes two failures one: operation, check, and what it says in its first line."""
    failure = check["failure_info"]["failure"]
    return failure["operation"], check["name"], failure["title"], failure["message"].partition("\n")[0]


def _server(name: str) -> Starlette:
    """Return the reference server with the fault or the variant of that name, if it is one."""
    faults, variants = ([name] if name in known else [] for known in (MUST_FAULTS, VARIANTS))
    return create_app(
        ServerSettings(Credentials(ACCOUNT.project, ACCOUNT.token), tuple(faults), tuple(variants))
    )


@contextmanager
def _serving(app: Starlette) -> Iterator[str]:
    """Serve on a free port of this machine as long as the block lasts."""
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
    own = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=own)
    parser.add_argument("--every", type=int, default=40, help="take one fault and one variant of so many")
    parser.add_argument("--json", type=Path, help="write every meeting to this file")
    return parser


if __name__ == "__main__":
    main()
