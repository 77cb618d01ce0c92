"""Usage errors for misspelt commands and options, with the right ones as a hint."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

import click

_COMMANDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("test", "tests", "check", "start", "exec", "validate", "scan"), "run"),
    **dict.fromkeys(("ping", "preflight", "status", "health", "diagnose"), "doctor"),
    **dict.fromkeys(("fuzzing", "fuzzer"), "fuzz"),
    **dict.fromkeys(("sign", "certificate", "attest"), "certify"),
    **dict.fromkeys(("genkey", "keys", "key"), "keygen"),
    **dict.fromkeys(("merge", "reports", "render", "html"), "report"),
    **dict.fromkeys(("diff", "cmp"), "compare"),
    **dict.fromkeys(("clean", "delete", "purge"), "cleanup"),
    **dict.fromkeys(("ls", "requirements", "checks"), "list"),
    **dict.fromkeys(("show", "describe", "info", "why"), "explain"),
    **dict.fromkeys(("openapi", "schema", "swagger"), "spec"),
    **dict.fromkeys(("mutate", "mutation", "selftest"), "prove"),
    **dict.fromkeys(("server", "mock", "reference"), "serve"),
    **dict.fromkeys(("config", "configure", "setup", "new"), "init"),
    "reproduce": "replay",
    "help": "--help",
    "version": "--version",
}
_CREDENTIALS: Final = frozenset(
    (
        *("--token", "--api-token", "--api-key", "--key", "--password", "--secret", "--auth", "--user"),
        *("--username", "--credentials", "--project", "-u"),
    )
)
_OPTIONS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("--url", "--base-url", "--baseurl", "--host", "--server", "--endpoint", "--address"), "--target"
    ),
    **dict.fromkeys(("--origin", "--uri", "-t"), "--target"),
    **dict.fromkeys(("--filter", "--only", "--include", "--requirement", "--tag", "-k"), "--select"),
    **dict.fromkeys(("--skip", "--ignore", "--deselect"), "--exclude"),
    **dict.fromkeys(("--level", "--mode", "--depth"), "--effort"),
    **dict.fromkeys(("--jobs", "--parallel", "--processes", "-j", "-n"), "--workers"),
    **dict.fromkeys(("--rate", "--rps", "--qps", "--throttle"), "--rate-limit"),
    **dict.fromkeys(("--max-time", "--duration", "--time-limit"), "--max-seconds"),
    **dict.fromkeys(("--maxfail", "--max-fail", "--max-errors"), "--max-failures"),
    **dict.fromkeys(("--exitfirst", "--failfast", "-x"), "--fail-fast"),
    **dict.fromkeys(
        ("--insecure", "--skip-tls-verify", "--no-verify", "--no-check-certificate"), "--no-verify-tls"
    ),
    **dict.fromkeys(("--cacert", "--ca-cert", "--ca-bundle", "--ca-file"), "--ca"),
    **dict.fromkeys(("--cert", "--client-certificate"), "--client-cert"),
    **dict.fromkeys(("--out", "--output-dir", "--report-dir", "--results", "--dir", "-o"), "--output"),
    **dict.fromkeys(("--config-file", "-c"), "--config"),
    **dict.fromkeys(("--last-failed", "--lf", "--rerun-failed"), "--failed-from"),
    **dict.fromkeys(("--wait-for", "--wait-until-ready", "--startup-timeout", "--retry"), "--wait"),
    **dict.fromkeys(("--silent",), "--quiet"),
}
_ADDRESS: Final = re.compile(
    r"https?:.*|localhost(:\d+)?(/.*)?|[\w.-]+:\d{1,5}(/.*)?|[\w-]+(\.[\w-]+)*\.[a-zA-Z]{2,}(/.*)?", re.DOTALL
)
_FILE_SUFFIXES: Final = (".json", ".toml", ".yaml", ".yml", ".xml", ".html", ".md", ".ndjson", ".pem")
_REQUIREMENT: Final = re.compile(r"(VC|FCR|API)-[A-Z0-9*-]+", re.IGNORECASE)
_MAX_ARGUMENT_LENGTH: Final = 100  # characters


def unknown_command(name: str, commands: Iterable[str], ctx: click.Context) -> click.UsageError:
    """Return the error for the name of a command that does not exist."""
    names = list(commands)
    if _is_address(name):
        hint = f"to test a server: conformance run --target {_redacted(name)}"
    elif _REQUIREMENT.fullmatch(name):
        hint = f"to show a requirement: conformance explain {name}"
    else:
        similar = get_close_matches(name.lower(), names, 1)
        right = _COMMANDS.get(name.lower()) or (similar[0] if similar else None)
        hint = f"did you mean `conformance {right}`?" if right else f"available: {', '.join(names)}"
    return click.UsageError(f"No such command {_quoted(name)}; {hint}", ctx)


def unknown_option(name: str, ctx: click.Context) -> click.UsageError:
    """Return the error for an option that the command of a context does not have."""
    return click.UsageError(f"No such option: {_brief(name)}{_option_hint(name, ctx)}", ctx)


def extra_argument(argument: str, ctx: click.Context) -> click.UsageError:
    """Return the error for an argument that the command of a context does not take."""
    options = _options(ctx)
    hint = ""
    if "--target" in options and _is_address(argument):
        hint = f"; to test a server: conformance {ctx.info_name} --target {_redacted(argument)}"
    elif "--select" in options and _REQUIREMENT.fullmatch(argument):
        hint = f"; to select requirements: conformance {ctx.info_name} --select {argument}"
    return click.UsageError(f"Unexpected argument {_quoted(argument)}{hint}", ctx)


def _option_hint(name: str, ctx: click.Context) -> str:
    """Return a hint at the right option, at the right command, or at the environment; empty without one."""
    options = _options(ctx)
    right = _OPTIONS.get(name, name)
    if right in options:
        return f"; did you mean {right}?"
    if name in _CREDENTIALS:
        return "; set SIGNALWIRE_PROJECT_ID and SIGNALWIRE_API_TOKEN in the environment"
    owners = _commands_with(right, ctx)
    if owners and ctx.parent is None:
        return f"; did you mean `conformance {owners[0]} {right}`?"
    if owners:
        return f"; {right} is an option of {', '.join(owners)}"
    similar = get_close_matches(name, options, 1)
    return f"; did you mean {similar[0]}?" if similar else ""


def _options(ctx: click.Context) -> list[str]:
    return [
        name
        for parameter in ctx.command.get_params(ctx)
        if isinstance(parameter, click.Option) and not parameter.hidden
        for name in (*parameter.opts, *parameter.secondary_opts)
    ]


def _commands_with(option: str, ctx: click.Context) -> list[str]:
    """Return the names of the commands that have an option."""
    group = ctx.find_root().command
    commands = group.commands if isinstance(group, click.Group) else {}
    return [
        name for name, command in commands.items() if option in _options(click.Context(command, parent=ctx))
    ]


def _is_address(text: str) -> bool:
    """Return whether a text looks like a URL or a host name, not like the name of a file."""
    return bool(_ADDRESS.fullmatch(text)) and not text.lower().endswith(_FILE_SUFFIXES)


def _redacted(address: str) -> str:
    from conformance.config.connection import redact_url

    return _brief(redact_url(address))


def _quoted(text: str) -> str:
    return repr(_redacted(text) if "://" in text or "@" in text else _brief(text))


def _brief(text: str) -> str:
    from reports.presentation.sanitize import escape_unprintable, truncate

    return escape_unprintable(truncate(text, _MAX_ARGUMENT_LENGTH))
