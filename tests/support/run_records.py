"""Records of runs, whole as the published schema wants them, for the tests of what is made of them."""

from collections.abc import Sequence
from typing import Any

OPERATIONS = ("VC-CREATE", "VC-GET", "FCR-CREATE")
TEXTS = ("sent", "expected", "received", "why", "curl", "rerun")
HOSTILE = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "end of CDATA": "]]> ]]&gt; <!-- -- </style></title></textarea>",
    "quotes": "\"'&amp;&#0;` onload=x",
    "NUL": "a\0b",
    "ANSI": "\x1b[2J\x1b]0;title\x07",
    "C0 and C1": "".join(map(chr, [*range(32), *range(127, 160)])),
    "lone surrogates": "\ud800 \udfff",
    "bidi": "a\u202etxt.exe\u2066\u200f",
    "non-characters": "\ufffe\uffff",
    "Markdown": "```\n~~~\n| a | [b](javascript:alert(1)) ![c](http://x) **d** </details> # e\n# f\n````` g",
    "astral": "😀\U0010fffd",
    "console markup": "[bold red]x[/] [/] [link=http://x]y[/link] \\[",
    "template": "{{ 7 * 7 }} {% raw %} ${x}",
    "lines": "a\nb\r\nc\td\u2028e",
    "deep": "[" * 16_000,
    "a line of 10 MB": "x" * 10_000_000,
}
_CHOSEN = frozenset({"verdict", "level", "state", "effort"})  # words of ours that a schema lists


def exchange(body: str = '{"id":"a","join_from":"2041-05-06T23:59:59Z"}', **members: Any) -> dict[str, Any]:
    headers = [["content-type", "application/json"]]
    return {
        "number": 17,
        "operation": "VC-CREATE",
        "started": "2041-05-06T07:08:09.223456+00:00",
        "seconds": 0.012,
        "request": {
            "method": "POST",
            "target": "/api/video/conferences",
            "credential": "valid credentials",
            "headers": headers,
            "body": '{"display_name":"a","join_from":"2041-05-06"}',
            "truncated": 0,
        },
        "response": {"status": 200, "headers": headers, "body": body, "truncated": 0},
        "failure": None,
        **members,
    }


def finding(text: str | None = None, **members: Any) -> dict[str, Any]:
    """Return a finding; a text of one's own stands behind the name of each of its texts."""
    own = {} if text is None else {name: f"{name} {text}" for name in TEXTS}
    return {
        "sent": 'POST /api/video/conferences {"join_from":"2041-05-06"}',
        "expected": "join_from is the instant 2041-05-06T00:00:00Z",
        "received": '200 {"join_from":"2041-05-06T23:59:59Z"}',
        "why": "A date without a time denotes midnight.",
        "curl": "curl -s https://api.example/api/video/conferences",
        "rerun": "conformance run --select VC-CREATE-DATE-ONLY",
        "flaky": False,
        "exchanges": [17],
        "steps": [exchange()],
        **own,
        **members,
    }


def requirement(verdict: str = "passed", **members: Any) -> dict[str, Any]:
    return {
        "id": f"VC-CREATE-{verdict.upper()}",
        "level": "must",
        "verdict": verdict,
        "reason": None,
        "sentence": "It is kept.",
        "source": "a page (https://docs.example/page)",
        "operation": "VC-CREATE",
        "observations": 1,
        "seconds": 0.25,
        "findings": [finding()] if verdict in {"failed", "warned"} else [],
        **members,
    }


REQUIREMENTS = (
    requirement("passed"),
    requirement("passed", id="VC-GET-NOTED", operation="VC-GET", reason="observed: capitals are kept"),
    requirement("failed"),
    requirement("failed", id="VC-CREATE-OTHER"),
    requirement("warned", level="should"),
    requirement("inconclusive", reason="not-observed: no exchange of this run shows it"),
    requirement("not-applicable", reason="not-observed: a 403"),
    requirement("waived", reason="waived: fixed in 2.1", findings=[finding()]),
    requirement("error", reason="suite: KeyError"),
)
CAUSES = (
    {"cause": "join_from of VC", "primary": "VC-CREATE-FAILED", "related": ["VC-CREATE-OTHER"]},
    {"cause": "a header", "primary": "VC-CREATE-WARNED", "related": []},
)
WAIVER = {
    "requirement": "VC-CREATE-WAIVED",
    "reason": "fixed in 2.1",
    "expires": "2042-01-01",
    "state": "applied",
    "advice": "nothing until then",
}
LEFTOVER = {"collection": "/api/video/conferences", "id": "made-1", "name": "cc-mine"}


def record(*requirements: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Return the record of a run; without requirements, of one that conforms."""
    counted = [each["verdict"] for each in requirements]
    return {
        "schema_version": 2,
        "suite": {
            "name": "conference-conformance",
            "version": "0.1.0",
            "spec": "0" * 64,
            "engines": {"hypothesis": "6.0.0"},
        },
        "target": {"origin": "https://api.example", "reference": False},
        "profiles": ["video", "fabric"],
        "effort": "standard",
        "seed": None,
        "select": "",
        "shard": None,
        "strict": False,
        "prefix": "0badcafe",
        "started": "2041-05-06T07:08:09.123456+00:00",
        "verdict": "does-not-conform" if "failed" in counted else "conforms",
        "exit_code": 1 if "failed" in counted else 0,
        "requests": 1918,
        "seconds": 1.5,
        "requirements": list(requirements),
        "causes": _causes(requirements),
        "waivers": [],
        "notes": ["reach: https://api.example answers in 15 ms"],
        "leftovers": [],
        "latency": [
            {"operation": each, "responses": 700, "median": 0.002, "p95": 0.01, "max": 0.07}
            for each in OPERATIONS
        ],
        "timeline": {"seconds": 0.5, "requests": [900, 18, 1000], "failed": [0, 2, 0]},
        "cpu_seconds": {"generation": 0.5, "rest": 0.0},
        "counts": {verdict: counted.count(verdict) for verdict in dict.fromkeys(counted)},
        "footer": {
            "complete": True,
            "requirements": len(requirements),
            "exchanges": 1918,
            "evidence": "1" * 64,
        },
        **members,
    }


def _causes(requirements: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give each broken requirement a cause of its own, failures first."""
    found = [each for each in requirements if each["verdict"] in {"failed", "warned"}]
    found.sort(key=lambda each: each["verdict"] != "failed")
    return [{"cause": each["id"], "primary": each["id"], "related": []} for each in found]


def full_record(**members: Any) -> dict[str, Any]:
    """Return a record in which each kind of thing occurs."""
    return record(
        *REQUIREMENTS, **{"causes": list(CAUSES), "waivers": [WAIVER], "leftovers": [LEFTOVER], **members}
    )


def large_record() -> dict[str, Any]:
    """Return a record of 100,000 requests in which each of 573 requirements failed at great length."""
    text = "<é>" * 5_000
    long = exchange(body=f'{{"join_from":"{text}"}}')
    told = finding(sent=text, received=text, why=text, curl=text, steps=[long, long, long])
    operations = [OPERATIONS[number % 3] for number in range(573)]
    failed = [
        requirement("failed", id=f"VC-N-{number}", operation=operation, findings=[told])
        for number, operation in enumerate(operations)
    ]
    latency = [
        {"operation": each, "responses": 33_333, "median": 0.002, "p95": 0.01, "max": 9.9}
        for each in OPERATIONS
    ]
    timeline = {"seconds": 10.0, "requests": [1_666] * 60, "failed": [7] * 60}
    return record(*failed, requests=100_000, latency=latency, timeline=timeline)


def with_hostile_text(value: Any, text: str, key: str = "") -> Any:
    """Return a record with a hostile text at the end of each text in it."""
    if isinstance(value, dict):
        return {name: with_hostile_text(inner, text, name) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [with_hostile_text(inner, text, key) for inner in value]
    mine = key in _CHOSEN or not isinstance(value, str)
    return value if mine else f"{value}{text}"
