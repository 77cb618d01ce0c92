"""Shell completion of ids."""

import os
import subprocess
import sys

import pytest
from click.shell_completion import ShellComplete

from conformance.cli.main import main
from reference.faults import FAULTS
from reference.variants import VARIANTS
from spec.catalogue import catalogue


def complete(*words: str) -> list[str]:
    """Return the completions of the last word."""
    shell = ShellComplete(main, {}, "conformance", "_CONFORMANCE_COMPLETE")
    return [item.value for item in shell.get_completions(list(words[:-1]), words[-1])]


@pytest.mark.parametrize("words", [("run", "--select"), ("list", "--exclude"), ("explain",)])
def test_requirement_ids_are_completed(words: tuple[str, ...]) -> None:
    matching = [name for name in catalogue() if name.startswith("VC-CREATE-NAME-MAX")]
    assert matching
    assert complete(*words, "VC-CREATE-NAME-MAX") == matching
    assert complete(*words, "vc-create-name-max") == matching
    assert complete(*words, "") == list(catalogue())


def test_the_last_term_of_a_selection_is_completed() -> None:
    assert complete("run", "--select", "VC-*,API-AUTH-BASIC-ACC") == ["VC-*,API-AUTH-BASIC-ACCEPT"]
    assert complete("run", "--select", "level:m") == ["level:must", "level:may"]
    assert "operation:VC-CREATE" in complete("run", "--select", "oper")


@pytest.mark.parametrize("command", ["run", "fuzz", "prove", "serve"])
def test_faults_and_variants_are_completed(command: str) -> None:
    assert complete(command, "--fault", "") == list(FAULTS)
    assert complete(command, "--variant", "http") == [name for name in VARIANTS if name.startswith("http")]


def test_profiles_and_efforts_are_completed() -> None:
    assert complete("run", "--profile", "") == ["video", "fabric"]
    assert complete("run", "--effort", "s") == ["smoke", "standard"]
    assert complete("fuzz", "--effort", "t") == ["thorough"]


def test_commands_and_options_are_completed() -> None:
    assert complete("com") == ["compare"]
    assert "--no-verify-tls" in complete("run", "--no-")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_a_completion_script(shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from conformance.cli.main import main; main(prog_name='conformance')"],
        env={**os.environ, "_CONFORMANCE_COMPLETE": f"{shell}_source"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "_CONFORMANCE_COMPLETE" in done.stdout


@pytest.mark.parametrize("words", ["run --eff", "run --effort s", "run --profile ", "run --select VC-C"])
def test_completion_imports_no_module_that_a_run_needs(words: str) -> None:
    code = (
        "import sys; from conformance.cli.main import main\n"
        "try: main(prog_name='conformance')\n"
        "except SystemExit: pass\n"
        "heavy = {'httpx', 'pytest', 'hypothesis', 'rich', 'jinja2', 'pydantic', 'starlette'}\n"
        "print(sorted(heavy & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={
            **os.environ,
            "_CONFORMANCE_COMPLETE": "bash_complete",
            "COMP_WORDS": f"conformance {words}",
            "COMP_CWORD": str(len(words.split(" "))),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    *completions, heavy = done.stdout.splitlines()
    assert completions
    assert heavy == "[]"


def test_the_list_of_faults_needs_no_http_server() -> None:
    code = (
        "import sys; from reference.__main__ import main; main(['--list'])\n"
        "print(sorted({'starlette', 'uvicorn'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_completion_does_not_report_errors_of_unfinished_arguments() -> None:
    assert complete("run", "https://host.test", "--no-such", "--fail-f") == ["--fail-fast"]
