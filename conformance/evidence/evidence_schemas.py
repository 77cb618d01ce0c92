"""JSON Schemas of the header and the footer of an evidence file: the members that a replay uses."""

from typing import Final

from reports.records.baseline import RUN_MEMBERS as BASELINE_MEMBERS

MAX_SECONDS: Final = 10**9  # seconds; longer than any run
_STRING: Final = {"type": "string"}
_SHORT_STRING: Final = {"type": "string", "maxLength": 1_000}
_BOOLEAN: Final = {"type": "boolean"}
_STRINGS: Final = {"type": "array", "items": _STRING}
_LIMIT: Final = {"type": ["integer", "null"], "minimum": 1, "maximum": 10**15}
_SECONDS: Final = {"type": "number", "exclusiveMinimum": 0, "maximum": MAX_SECONDS}
_NAMES: Final = {"type": "array", "maxItems": 100, "items": _SHORT_STRING}
_BASELINE: Final = {
    "type": ["object", "null"],
    "required": ["run", "verdicts", "symptoms"],
    "additionalProperties": False,
    "properties": {
        "run": {
            "type": "object",
            "required": [*BASELINE_MEMBERS],
            "properties": {
                "suite": {"type": "object"},
                "target": {
                    "type": "object",
                    "required": ["origin", "reference"],
                    "properties": {"origin": _SHORT_STRING, "reference": _BOOLEAN},
                },
                "profiles": _NAMES,
                "effort": _SHORT_STRING,
                "seed": {"type": ["integer", "null"]},
                "select": {"type": ["string", "null"], "maxLength": 50_000},
                "shard": {"type": ["object", "null"]},
                "property_based_only": {"type": ["boolean", "null"]},
                "read_only": {"type": ["boolean", "null"]},
                "prefix": _SHORT_STRING,
                "started": _SHORT_STRING,
            },
        },
        "verdicts": {"type": "object", "additionalProperties": _SHORT_STRING},
        "symptoms": {"type": "object", "additionalProperties": _SHORT_STRING},
    },
}
HEADER: Final = {
    "type": "object",
    "required": [
        *("suite", "target", "account", "profiles", "effort", "seed", "select", "shard", "waivers"),
        *("strict", "prefix", "concurrency", "started"),
    ],
    "properties": {
        "suite": {"type": "object", "properties": {"engines": {"type": "object"}}},
        "target": {
            "type": "object",
            "required": ["origin", "base_paths", "active_session", "reference", "reference_options"],
            "properties": {
                "origin": _SHORT_STRING,
                "base_paths": {
                    "type": "object",
                    "required": ["video", "fabric"],
                    "additionalProperties": {**_SHORT_STRING, "pattern": "^(/[!-~]*)?$"},
                },
                "active_session": {"type": ["string", "null"], "maxLength": 1_000},
                "without": _STRINGS,
                "allow_logged_credentials": _BOOLEAN,
                "read_only": _BOOLEAN,
                "reference": _BOOLEAN,
                "reference_options": _STRINGS,
            },
        },
        "account": {
            "type": "object",
            "required": ["uuid", "project_letters", "token_letters", "token_uppercase", "token_lowercase"],
            "additionalProperties": _BOOLEAN,
        },
        "profiles": {"type": "array", "maxItems": 10, "items": {"enum": ["video", "fabric"]}},
        "effort": _SHORT_STRING,
        "seed": {"type": ["integer", "null"]},
        "select": {"type": "string", "maxLength": 50_000},
        "shard": {
            "type": ["object", "null"],
            "required": ["number", "of"],
            "additionalProperties": {"type": "integer", "minimum": 1, "maximum": 10**15},
        },
        "waivers": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["requirement", "reason", "expires"],
                "additionalProperties": _STRING,
            },
        },
        "baseline": _BASELINE,
        "strict": _BOOLEAN,
        "prefix": {"type": "string", "maxLength": 100},
        "concurrency": {"type": "integer", "minimum": 1, "maximum": 256},
        "property_based_only": _BOOLEAN,
        "allow_leftovers": _BOOLEAN,
        "fail_fast": _BOOLEAN,
        "max_failures": _LIMIT,
        "verify_tls": _BOOLEAN,
        "max_requests": _LIMIT,
        "max_live": _LIMIT,
        "max_seconds": _SECONDS,
        "timeout": _SECONDS,
        "rate_limit": {"type": ["number", "null"], "exclusiveMinimum": 0, "maximum": MAX_SECONDS},
        "headers": _STRINGS,
        "started": _SHORT_STRING,
        "notes": _STRINGS,
    },
}
REJECTED_REQUESTS: Final = {
    "type": "object",
    "additionalProperties": {"type": "array", "items": {"type": "string", "pattern": "^[0-9a-f]{32}$"}},
}  # what the limit of live resources rejected, by reason
