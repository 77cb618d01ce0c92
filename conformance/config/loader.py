"""Settings of a run from options, environment and configuration file.

Options take precedence over the environment, and the environment over the configuration file. The file is
conformance.toml, or [tool.conformance] in pyproject.toml; it must not contain credentials.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import httpx

from conformance.config import capabilities, config_files, connection, credential_routing
from conformance.config.baseline import read_baseline
from conformance.config.config_files import ConfigurationFile
from conformance.config.credentials_input import SuppliedAccount, supplied_account
from conformance.config.failed_requirements import failed_selection
from conformance.config.selection import (
    UnknownSelectionError,
    selected_requirements,
    selection_expression,
)
from conformance.config.setting_types import (
    SETTING_TYPES,
    ConfigurationError,
    check_types,
    parse_duration,
    parse_rate,
)
from conformance.config.settings import Effort, Settings, Shard
from conformance.config.target import BASE_PATHS, PROFILES, Connection, Limits, Target
from conformance.config.waivers import parse_waivers
from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from conformance.processes import reference_process
from reports.records.baseline import Baseline
from spec.capabilities import Capability

__all__ = ["WARNING", "ConfigurationError", "claimed_profiles", "load_settings", "merge_sources"]

# If one setting of a group is specified as an option, those of the file are ignored.
_ALTERNATIVES: Final = (frozenset({"select", "failed_from"}), frozenset({"fail_fast", "max_failures"}))
WARNING: Final = "warning: "  # the beginning of a notice that is a warning
_NO_TLS_VERIFICATION: Final = (
    f"{WARNING}TLS certificates are not verified (--no-verify-tls); a host that intercepts the connection "
    "can read the credentials and change the responses"
)
_CREDENTIALS: Final = frozenset(
    {"project_id", "api_token", "token", "api_token_file", "credentials", "password", "secret", "auth"}
)


def load_settings(
    flags: Mapping[str, Any],
    *,
    reference_url: str | None = None,
    reference_options: tuple[str, ...] = (),
    account: SuppliedAccount | None = None,
) -> Settings:
    """Return the settings of a run.

    If the target is the built-in reference server, `reference_url` is its URL, and `reference_options` are
    the options that it was started with. `account` replaces that of the options and the environment.
    """
    options, file = _sources(flags)
    values = _merged(options, file)
    supplied = (
        SuppliedAccount(reference_process.ACCOUNT) if reference_url else account or supplied_account(values)
    )
    profiles = claimed_profiles(values.get("profiles") or PROFILES)
    select, output = _selection(values, profiles), Path(values.get("output") or "conformance-results")
    missing = capabilities.missing_capabilities(values.get("without", ()), mock=bool(values.get("mock")))
    target = Target(
        url=httpx.URL(reference_url) if reference_url else _target_url(values),
        account=supplied.account,
        profiles=profiles,
        base_paths={**BASE_PATHS, **values.get("base_paths", {})},
        missing_capabilities=missing,
        active_session=None if Capability.ACTIVE_SESSION in missing else values.get("active_session"),
        read_only=bool(values.get("read_only")),
        allow_logged_credentials=bool(values.get("allow_logged_credentials")) or reference_url is not None,
        is_reference=reference_url is not None,
        reference_options=reference_options,
    )
    used_connection = _connection(values)
    return Settings(
        target=target,
        limits=_limits(values),
        connection=used_connection,
        connection_traits=connection.connection_traits(used_connection),
        effort=_effort(values.get("effort", Effort.STANDARD)),
        seed=values.get("seed"),
        select=select,
        shard=_shard(values.get("shard")),
        waivers=parse_waivers(values.get("waivers", ())),
        baseline=_baseline(values, profiles, select, output),
        strict=bool(values.get("strict")),
        allow_leftovers=bool(values.get("allow_leftovers")),
        fail_fast=bool(values.get("fail_fast")),
        max_failures=values.get("max_failures"),
        output=output,
        force=bool(values.get("force")),
        prefix=secrets.token_hex(4),
        notices=(
            *([credential_routing.summary(file, options)] if file else []),
            *supplied.notices,
            *([] if values.get("verify_tls", True) else [_NO_TLS_VERIFICATION]),
        ),
    )


def merge_sources(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of the configuration file, overridden by the specified options."""
    return _merged(*_sources(flags))


def _sources(flags: Mapping[str, Any]) -> tuple[dict[str, Any], ConfigurationFile | None]:
    """Return the specified options and the configuration file, after checking both."""
    options = {name: value for name, value in flags.items() if value not in (None, ())}
    check_types(options, lambda name: f"--{_option_name(name)}:")
    file = config_files.load(options.pop("config", None))
    if file is not None:
        _check_file_settings(file.path, file.settings)
        credential_routing.check(file, options)
    return options, file


def _merged(options: Mapping[str, Any], file: ConfigurationFile | None) -> dict[str, Any]:
    """Return the settings of the file, overridden by the options."""
    settings = file.resolved_settings() if file else {}
    for alternatives in _ALTERNATIVES:
        if not alternatives.isdisjoint(options):
            settings = {name: value for name, value in settings.items() if name not in alternatives}
    merged = {**settings, **options}
    if merged.get("fail_fast") and "max_failures" in merged:
        raise ConfigurationError("--fail-fast is the same as --max-failures 1; specify one of them")
    return merged


def _option_name(setting: str) -> str:
    return {"profiles": "profile", "headers": "header", "verify_tls": "no-verify-tls"}.get(
        setting, setting.replace("_", "-")
    )


def _check_file_settings(path: Path, file_settings: Mapping[str, Any]) -> None:
    for name in file_settings:
        if name.lower().replace("-", "_") in _CREDENTIALS:
            raise ConfigurationError(
                f"{path}: {name!r} is not allowed in a configuration file; "
                f"set {PROJECT_VARIABLE} and {TOKEN_VARIABLE}"
            )
        if name not in SETTING_TYPES:
            close_matches = get_close_matches(name, SETTING_TYPES, 1)
            hint = f"; did you mean {close_matches[0]!r}?" if close_matches else ""
            raise ConfigurationError(f"{path}: unknown setting {name!r}{hint}")
    check_types(file_settings, lambda name: f"{path}: {name} =")


def _target_url(values: Mapping[str, Any]) -> httpx.URL:
    allow_http = bool(values.get("allow_http"))
    return connection.target_url(values["target"], allow_http=allow_http, proxy=values.get("proxy"))


def claimed_profiles(names: Sequence[str]) -> tuple[str, ...]:
    """Return the profiles in their usual order; raise ConfigurationError for an unknown one."""
    for name in names:
        if name not in PROFILES:
            close_matches = get_close_matches(str(name), PROFILES, 1)
            hint = f"did you mean {close_matches[0]!r}?" if close_matches else _available(PROFILES)
            raise ConfigurationError(f"unknown profile {name!r}; {hint}")
    return tuple(name for name in PROFILES if name in names)


def _selection(values: Mapping[str, Any], profiles: tuple[str, ...]) -> str:
    """Return the selection expression of select, exclude and failed_from together.

    Raise ConfigurationError if it selects nothing: the output folder of a run is then still unchanged.
    """
    included, excluded = (_strings(values.get(name, ())) for name in ("select", "exclude"))
    if "failed_from" in values:
        failed = failed_selection(Path(values["failed_from"]), profiles)
        if not failed and not included:
            raise ConfigurationError(
                f"--failed-from {values['failed_from']}: no requirement failed or was inconclusive in it"
            )
        included = (*included, *failed)
    try:
        expression = selection_expression(included, excluded)
        selected_requirements(profiles, expression)
    except UnknownSelectionError as error:
        raise ConfigurationError(str(error)) from None
    return expression


def _baseline(
    values: Mapping[str, Any], profiles: tuple[str, ...], select: str, output: Path
) -> Baseline | None:
    path = values.get("baseline")
    return None if path is None else read_baseline(Path(path), profiles, select, output)


def _strings(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _effort(name: str) -> Effort:
    try:
        return Effort(name)
    except ValueError:
        raise ConfigurationError(f"unknown effort {name!r}; {_available(tuple(Effort))}") from None


def _available(names: tuple[str, ...]) -> str:
    return f"available: {', '.join(names)}"


def _shard(text: str | None) -> Shard | None:
    if text is None:
        return None
    number, of = (
        (int(part) for part in text.split("/")) if re.fullmatch("[0-9]{1,6}/[0-9]{1,6}", text) else (0, 0)
    )
    if not 1 <= number <= of:
        raise ConfigurationError(f"--shard {text!r} is invalid: expected K/N with 1 <= K <= N, e.g. 1/3")
    return Shard(number, of)


def _limits(values: Mapping[str, Any]) -> Limits:
    default = Limits()
    return Limits(
        concurrency=values.get("concurrency", default.concurrency),
        requests_per_second=parse_rate(values["rate_limit"]) if "rate_limit" in values else None,
        max_requests=values.get("max_requests"),
        max_live=values.get("max_live", default.max_live),
        timeout=parse_duration(values.get("timeout")) or default.timeout,
        max_seconds=parse_duration(values.get("max_seconds")) or default.max_seconds,
        wait=parse_duration(values.get("wait")) or default.wait,
    )


def _connection(values: Mapping[str, Any]) -> Connection:
    return connection.validate_connection(
        Connection(
            headers=connection.parse_headers(values.get("headers", ())),
            ca=values.get("ca"),
            client_cert=values.get("client_cert"),
            proxy=values.get("proxy"),
            verify_tls=values.get("verify_tls", True),
        )
    )
