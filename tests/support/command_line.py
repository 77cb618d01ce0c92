"""The commands, called in the process of the tests."""

from pathlib import Path

from click.testing import CliRunner, Result

from conformance.cli.main import main


def invoke(*arguments: str | Path, **variables: str) -> Result:
    """Call a command on a wide terminal; raise its unexpected exceptions."""
    return CliRunner().invoke(
        main, [*map(str, arguments)], env={"COLUMNS": "200", **variables}, catch_exceptions=False
    )


def invoke_without_traceback(*arguments: str) -> Result:
    """Call a command that may have an internal error; expect that it prints no traceback."""
    result = CliRunner().invoke(main, arguments)
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result
