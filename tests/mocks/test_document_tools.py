"""The published documents are read without complaint by linters, parsers and code generators."""

import json
import subprocess
from pathlib import Path

import pytest
import schemathesis
from schemathesis.core.result import Ok

from conformance.cli.published_spec import document_text
from spec.data_files import NAMES
from spec.published_documents import VERSIONS
from tests.mocks.mock_servers import FOLDER, TOOLS

PARSE = """
import SwaggerParser from '@apidevtools/swagger-parser';
const api = await SwaggerParser.validate(process.argv[2]);
console.log(Object.keys(api.paths).length);
"""


@pytest.fixture(params=[(name, version) for name in NAMES for version in VERSIONS], ids="-".join)
def document(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    name, version = request.param
    path = tmp_path / f"{name}.yaml"
    path.write_text(document_text(name, "yaml", version), encoding="utf-8")
    return path


def run(*command: str | Path) -> str:
    completed = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    assert completed.returncode == 0, completed.stdout + completed.stderr
    return completed.stdout


def test_redocly_finds_no_error(document: Path) -> None:
    report = json.loads(run(TOOLS / "redocly", "lint", "--extends=spec", "--format=json", document))
    assert report["totals"]["errors"] == 0


def test_swagger_parser_validates_it(document: Path, tmp_path: Path) -> None:
    script = FOLDER / f"parse-{tmp_path.name}.mjs"
    script.write_text(PARSE, encoding="utf-8")
    try:
        assert int(run("node", script, document)) == 2
    finally:
        script.unlink()


def test_openapi_typescript_generates_types_that_compile(document: Path, tmp_path: Path) -> None:
    types = tmp_path / "api.ts"
    run(TOOLS / "openapi-typescript", document, "--output", types)
    assert "display_name" in types.read_text(encoding="utf-8")
    run(TOOLS / "tsc", "--noEmit", "--strict", "--skipLibCheck", types)


def test_schemathesis_loads_it(document: Path) -> None:
    operations = [*schemathesis.openapi.from_path(document).get_all_operations()]
    assert len(operations) > 2
    assert all(isinstance(operation, Ok) for operation in operations)
