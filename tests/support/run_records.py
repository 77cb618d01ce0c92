"""Records of runs, valid by the published schema, for the tests of their readers."""

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
    "a line of 1 MB": "x" * 1_000_000,
}
_CHOSEN = frozenset({"verdict", "level", "state", "effort"})  # their values are in the schema


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
    """Return a finding; a text is appended to each of its texts."""
    texts = {} if text is None else {name: f"{name} {text}" for name in TEXTS}
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
        **texts,
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
CERTIFICATE = {
    "vendor": "Example",
    "product": "Example Video",
    "version": "2.1",
    "issued": "2041-05-06T07:09:00+00:00",
    "expires": "2042-05-06T07:09:00+00:00",
    "key_id": "2" * 64,
}
LEFTOVER = {"collection": "/api/video/conferences", "id": "made-1", "name": "cc-mine"}


def record(*requirements: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Return the record of a run; without requirements, of a run that conforms."""
    verdicts = [entry["verdict"] for entry in requirements]
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
        "verdict": "does-not-conform" if "failed" in verdicts else "conforms",
        "exit_code": 1 if "failed" in verdicts else 0,
        "requests": 1918,
        "seconds": 1.5,
        "requirements": list(requirements),
        "causes": _causes(requirements),
        "waivers": [],
        "notes": ["reach: https://api.example answers in 15 ms"],
        "leftovers": [],
        "latency": [
            {"operation": operation, "responses": 700, "median": 0.002, "p95": 0.01, "max": 0.07}
            for operation in OPERATIONS
        ],
        "timeline": {"seconds": 0.5, "requests": [900, 18, 1000], "failed": [0, 2, 0]},
        "cpu_seconds": {"generation": 0.5, "rest": 0.0},
        "counts": {verdict: verdicts.count(verdict) for verdict in dict.fromkeys(verdicts)},
        "footer": {
            "complete": True,
            "requirements": len(requirements),
            "exchanges": 1918,
            "evidence": "1" * 64,
        },
        **members,
    }


def _causes(requirements: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one root cause for each violated requirement, failures first."""
    violated = [entry for entry in requirements if entry["verdict"] in {"failed", "warned"}]
    violated.sort(key=lambda entry: entry["verdict"] != "failed")
    return [{"cause": entry["id"], "primary": entry["id"], "related": []} for entry in violated]


def full_record(**members: Any) -> dict[str, Any]:
    """Return a record with every verdict, root causes, a waiver and a leftover."""
    return record(
        *REQUIREMENTS, **{"causes": list(CAUSES), "waivers": [WAIVER], "leftovers": [LEFTOVER], **members}
    )


def large_record() -> dict[str, Any]:
    """Return a record of 100,000 requests in which 573 requirements failed, with long texts."""
    text = "<é>" * 5_000
    long_exchange = exchange(body=f'{{"join_from":"{text}"}}')
    long_finding = finding(
        sent=text, received=text, why=text, curl=text, steps=[long_exchange, long_exchange, long_exchange]
    )
    operations = [OPERATIONS[number % 3] for number in range(573)]
    failed = [
        requirement("failed", id=f"VC-N-{number}", operation=operation, findings=[long_finding])
        for number, operation in enumerate(operations)
    ]
    latency = [
        {"operation": operation, "responses": 33_333, "median": 0.002, "p95": 0.01, "max": 9.9}
        for operation in OPERATIONS
    ]
    timeline = {"seconds": 10.0, "requests": [1_666] * 60, "failed": [7] * 60}
    return record(*failed, requests=100_000, latency=latency, timeline=timeline)


def with_hostile_text(value: Any, text: str, key: str = "") -> Any:
    """Return a record in which a hostile text is appended to each text."""
    if isinstance(value, dict):
        return {name: with_hostile_text(inner, text, name) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [with_hostile_text(inner, text, key) for inner in value]
    is_unchanged = key in _CHOSEN or not isinstance(value, str)
    return value if is_unchanged else f"{value}{text}"
