"""A usage error leaves the results of an earlier run unchanged; a failed preflight replaces them."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.http.credentials import TOKEN_VARIABLE
from conformance.runtime import folder_lock
from tests.support.bundles import run_reference
from tests.support.command_line import invoke_without_traceback
from tests.support.fake_targets import ENVIRONMENT, reference_server

NOWHERE = "http://127.0.0.1:9"
KEY = ("--key", "keys/private.pem", "--vendor", "v", "--product", "p", "--product-version", "1")
USAGE_ERRORS: dict[str, tuple[str, ...]] = {
    "an unknown option": ("run", "--no-such-option"),
    "contradicting options": ("run", "--quiet", "--verbose"),
    "a value of a wrong type": ("run", "--concurrency", "many"),
    "an invalid target": ("run", "--target", "ftp://example.test"),
    "credentials in the target": ("run", "--target", "http://me:x@127.0.0.1:9"),
    "an unknown profile": ("run", "--target", NOWHERE, "--profile", "vidio"),
    "an unknown requirement": ("run", "--target", NOWHERE, "--select", "VC-CREATE-NAMES"),
    "an empty selection": ("run", "--target", NOWHERE, "--select", "VC-GET-*", "--exclude", "VC-*"),
    "a profile without the requirement": (
        "run",
        "--target",
        NOWHERE,
        "--profile",
        "video",
        "--select",
        "FCR-*",
    ),
    "an unknown fault": ("run", "--fault", "no-such-fault"),
    "a fault of a target": ("run", "--target", NOWHERE, "--fault", "name-not-unique"),
    "an invalid shard": ("run", "--target", NOWHERE, "--shard", "3/2"),
    "a missing configuration": ("run", "--target", NOWHERE, "--config", "none.toml"),
    "an invalid configuration": ("run", "--config", "invalid.toml"),
    "an unknown setting": ("run", "--config", "unknown.toml"),
    "a missing token file": ("run", "--target", NOWHERE, "--api-token-file", "none"),
    "missing CA certificates": ("run", "--target", "https://127.0.0.1:9", "--ca", "none.pem"),
    "a missing client certificate": ("run", "--target", "https://127.0.0.1:9", "--client-cert", "none.pem"),
    "an earlier run without failures": ("run", "--target", NOWHERE, "--failed-from", "out"),
    "shards in worker processes": ("run", "--target", NOWHERE, "--workers", "2", "--shard", "1/2"),
    "a limit that cannot be shared": ("run", "--target", NOWHERE, "--workers", "2", "--max-live", "1"),
    "an unknown requirement in workers": (
        "run",
        "--target",
        NOWHERE,
        "--workers",
        "2",
        "--select",
        "VC-NONE",
    ),
    "fuzzing without random values": ("fuzz", "--target", NOWHERE, "--effort", "smoke"),
    "fuzzing without property-based checks": ("fuzz", "--target", NOWHERE, "--select", "VC-GET-UNKNOWN-ID"),
    "a missing key": ("certify", "--target", NOWHERE, "--key", "none", *KEY[2:]),
    "a certificate without a target": ("certify", *KEY),
    "a certificate with a seed": ("certify", "--target", NOWHERE, "--seed", "1", *KEY),
    "a certificate of an unknown requirement": ("certify", "--target", NOWHERE, "--select", "VC-NONE", *KEY),
    "a merge with a missing folder": ("report", "earlier", "none", "--output", "out"),
    "a merge of other runs": ("report", "earlier", "one", "--output", "out"),
    "a merge into an input": ("report", "earlier", "out", "--output", "out"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Change to a folder with the results of earlier runs in out/, earlier/ and one/."""
    folder = tmp_path_factory.mktemp("unchanged")
    for name, select in (
        ("out", "VC-GET-UNKNOWN-ID"),
        ("earlier", "VC-GET-UNKNOWN-ID"),
        ("one", "API-AUTH-NONE"),
    ):
        run_reference(folder / name, select=select)
    (folder / "invalid.toml").write_text("select = ")
    (folder / "unknown.toml").write_text("selects = 'VC-*'")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        invoke_without_traceback("keygen", "keys")
        yield folder


def content(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Return the bytes and the time of change of each file, and of each folder the latter."""
    paths = [folder, *sorted(folder.rglob("*"))]
    return {
        str(path): (path.read_bytes() if path.is_file() else b"", path.stat().st_mtime_ns) for path in paths
    }


def in_out(arguments: tuple[str, ...]) -> tuple[str, ...]:
    return arguments if "--output" in arguments else (*arguments, "--output", "out")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("arguments", USAGE_ERRORS.values(), ids=USAGE_ERRORS)
def test_a_usage_error_changes_no_results(arguments: tuple[str, ...]) -> None:
    before = content(Path())
    result = invoke_without_traceback(*in_out(arguments))
    assert result.exit_code == 2, result.output
    assert content(Path()) == before


def take(subfolder: Path) -> None:
    subfolder.symlink_to("earlier")


def occupy(subfolder: Path) -> None:
    (subfolder / "results.json").mkdir(parents=True)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("spoil", [take, occupy], ids=["a link", "a folder with the name of a file"])
@pytest.mark.parametrize(
    "arguments, name",
    [
        (("run", "--workers", "2", "--select", "VC-GET-UNKNOWN-ID"), "worker-2"),
        (("fuzz", "--seed", "7", "--max-seconds", "3"), "round-7"),
    ],
    ids=["workers", "fuzz"],
)
def test_a_subfolder_that_cannot_be_used_changes_no_results(
    arguments: tuple[str, ...], name: str, spoil: Callable[[Path], None]
) -> None:
    spoil(Path("out", name))
    before = {path.name: path.read_bytes() for path in Path("out").iterdir() if path.is_file()}
    try:
        result = invoke_without_traceback(*arguments, "--target", NOWHERE, "--output", "out")
        after = {path.name: path.read_bytes() for path in Path("out").iterdir() if path.is_file()}
    finally:
        for path in sorted(Path("out").glob("*-[0-9]*"), reverse=True):
            path.unlink() if path.is_symlink() else remove(path)
    assert (result.exit_code, f"out/{name}" in result.output) == (2, True), result.output
    assert after == before


def remove(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()


@pytest.mark.usefixtures("folder")
def test_a_folder_on_a_full_disk_keeps_its_results(monkeypatch: pytest.MonkeyPatch) -> None:
    def raise_full(**_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("conformance.results.output_folder.TemporaryFile", raise_full)
    before = content(Path("out"))
    result = invoke_without_traceback("run", "--target", NOWHERE, "--output", "out")
    assert (result.exit_code, "cannot be written to: No space left" in result.output) == (2, True), (
        result.output
    )
    assert content(Path("out")) == before


@pytest.mark.parametrize(
    "arguments",
    [("run",), ("run", "--workers", "2"), ("fuzz",), ("certify", *KEY), ("report", "earlier")],
    ids=" ".join,
)
def test_a_folder_in_use_is_not_written_to(folder: Path, arguments: tuple[str, ...]) -> None:
    before = content(folder / "out")
    target = () if arguments[0] == "report" else ("--target", NOWHERE)
    with folder_lock.locked(folder / "out"):
        result = invoke_without_traceback(*arguments, *target, "--output", "out")
    assert (result.exit_code, "another run is using out" in result.output) == (2, True), result.output
    assert content(folder / "out") == before


def test_a_failed_preflight_replaces_the_results(tmp_path: Path, folder: Path) -> None:
    out = tmp_path / "out"
    run_reference(out, select="VC-GET-UNKNOWN-ID")
    with reference_server(environment={**ENVIRONMENT, TOKEN_VARIABLE: "PTanother"}) as origin:
        result = invoke_without_traceback("run", "--target", origin, "--output", str(out))
    assert (result.exit_code, "credentials rejected" in result.output) == (2, True), result.output
    assert json.loads((out / "results.json").read_bytes())["verdict"] == "not-started"
    assert folder.is_dir()
