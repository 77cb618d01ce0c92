"""`conformance spec`: the OpenAPI documents as text."""

import json

import yaml

from spec.published_documents import published_document


def document_text(name: str, form: str, version: str) -> str:
    """Return the OpenAPI document of an API (`video` or `fabric`) as `json` or `yaml`."""
    document = published_document(name, version)
    if form == "json":
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
