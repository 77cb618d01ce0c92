"""`conformance compare URL URL`: the same requests to two live targets, and the differences."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import click
from rich.console import Console
from rich.text import Text

from conformance.cli.interface.json_output import SCHEMA_VERSION, print_json
from conformance.cli.interface.progress import Progress
from conformance.cli.report import print_error
from conformance.cli.run import print_notices, usage_error
from conformance.config.loader import ConfigurationError, load_settings
from conformance.config.second_account import second_account
from conformance.config.settings import Settings
from conformance.engine.runner import run
from conformance.live_comparison.comparison import compare_targets
from conformance.redaction.masking import secret_mask
from conformance.redaction.redactor import RedactFunction
from conformance.results import output_folder
from reports.files import shared_files
from reports.formats import live_comparison_report
from reports.formats.terminal.console import stdout_console
from reports.presentation.log_commands import escape_log_line
from reports.records.exit_codes import INTERNAL_ERROR

DEFAULT_RECORDS: Final = "conformance-comparison"
_SCHEMES: Final = ("http://", "https://")
_OWN: Final = ("records", "same_credentials")  # options that are not settings of a run


def are_urls(first: str, second: str, options: Mapping[str, Any]) -> bool:
    """Return whether two live targets are compared; raise UsageError for a URL and a folder."""
    kinds = [text.lower().startswith(_SCHEMES) for text in (first, second)]
    if kinds[0] != kinds[1]:
        raise click.UsageError(f"A and B must both be URLs or both be results: {first!r}, {second!r}")
    specified = [name for name, value in options.items() if value not in (None, (), False)]
    if specified and not kinds[0]:
        option = specified[0].replace("headers", "header").replace("profiles", "profile").replace("_", "-")
        raise click.UsageError(f"--{option} applies only to the comparison of two URLs")
    return kinds[0]


def live_comparison_command(
    urls: tuple[str, str], output: Path | None, options: Mapping[str, Any], *, as_json: bool = False
) -> int:
    """Compare two live targets, print the differences, and return the exit code."""
    try:
        writer = _writer(output)
        settings = _settings(urls, options)
        folder = Path(options.get("records") or DEFAULT_RECORDS)
        with output_folder.open_output_folder(folder):
            comparison = _compare(settings, folder, as_json=as_json)
    except ConfigurationError as error:
        return usage_error(str(error))
    if as_json:
        print_json(comparison)
    else:
        _print(live_comparison_report.lines(comparison, str(folder)), stdout_console())
    if output is not None:
        try:
            shared_files.write(writer(comparison), output)
        except OSError as error:
            print_error(f"{output} cannot be written: {error.strerror}")
            return INTERNAL_ERROR
    return int(comparison["exit_code"])


def _settings(urls: tuple[str, str], options: Mapping[str, Any]) -> tuple[Settings, Settings]:
    """Return the settings for both targets; they differ in address, credentials, headers and session."""
    shared = {
        name: value for name, value in options.items() if name not in _OWN and not name.startswith("second_")
    }
    first = load_settings({**shared, "target": urls[0]})
    account = None if options.get("same_credentials") else second_account(options)
    own = {name: options.get(f"second_{name}") for name in ("headers", "active_session")}
    second = load_settings({**shared, **own, "target": urls[1]}, account=account)
    if first.target.read_only:
        raise ConfigurationError(
            "compare sends create requests; read_only in the configuration file forbids it"
        )
    return first, second


def _compare(settings: tuple[Settings, Settings], folder: Path, *, as_json: bool) -> dict[str, Any]:
    console = stdout_console()

    def run_and_show(name: str, run_settings: Settings) -> dict[str, Any]:
        if as_json:
            return run(run_settings)
        title = f"{name}  {run_settings.target.origin}"
        console.print(Text(escape_log_line(_redactor(settings)(title))), soft_wrap=True)
        print_notices(run_settings)
        with Progress(console) as progress:
            return run(run_settings, progress)

    comparison = compare_targets(*settings, folder, run_and_show)
    redacted: dict[str, Any] = _redacted(comparison, _redactor(settings))
    return redacted


def _redactor(settings: tuple[Settings, Settings]) -> RedactFunction:
    """Return a function that redacts the secrets of both targets."""
    first, second = (secret_mask(one.target.account, one.connection).for_display for one in settings)
    return lambda text: second(first(text))


def _redacted(value: Any, redact: RedactFunction) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {name: _redacted(item, redact) for name, item in value.items()}
    return [_redacted(item, redact) for item in value] if isinstance(value, list) else value


def _print(lines: list[tuple[str, str]], console: Console) -> None:
    """Print lines, each with the style of its first word."""
    for style, line in lines:
        word, space, rest = line.partition(" ")
        console.print(
            Text.assemble((escape_log_line(word), style), escape_log_line(space + rest, starts_line=False)),
            soft_wrap=True,
        )


def _writer(output: Path | None) -> Callable[[Mapping[str, Any]], str]:
    writers: dict[str, Callable[[Mapping[str, Any]], str]] = {
        ".md": live_comparison_report.markdown,
        ".json": lambda comparison: (
            json.dumps({"schema_version": SCHEMA_VERSION, **comparison}, indent=1) + "\n"
        ),
    }
    suffix = ".json" if output is None else output.suffix
    if suffix not in writers:
        raise ConfigurationError(f"--output {output}: the file name must end in {' or '.join(writers)}")
    return writers[suffix]
