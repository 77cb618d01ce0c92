"""Settings of a run from options, environment and configuration file.

Options take precedence over the environment, and the environment over the configuration file. The file is
conformance.toml, or [tool.conformance] in pyproject.toml; it must not contain credentials.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import httpx

from conformance.config import capabilities, config_files, connection, credential_routing
from conformance.config.config_files import ConfigurationFile
from conformance.config.credentials_input import SuppliedAccount, supplied_account
from conformance.config.failed_requirements import failed_selection
from conformance.config.selection import UnknownSelectionError, selection_expression
from conformance.config.setting_types import (
    SETTING_TYPES,
    ConfigurationError,
    check_types,
    parse_duration,
    parse_rate,
)
from conformance.config.settings import Effort, Settings, Shard, Waiver
from conformance.config.target import BASE_PATHS, PROFILES, Connection, Limits, Target
from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from conformance.processes import reference_process
from spec.capabilities import Capability
from spec.catalogue import UnknownRequirementError, requirement

__all__ = ["ConfigurationError", "claimed_profiles", "load_settings", "merge_sources"]

_SELECTING: Final = frozenset({"select", "failed_from"})
_WAIVER_MEMBERS: Final = ("requirement", "reason", "expires")
_CREDENTIALS: Final = frozenset(
    {"project_id", "api_token", "token", "api_token_file", "credentials", "password", "secret", "auth"}
)


def load_settings(
    flags: Mapping[str, Any], *, reference_url: str | None = None, reference_options: tuple[str, ...] = ()
) -> Settings:
    """Return the settings of a run.

    If the target is the built-in reference server, `reference_url` is its URL, and `reference_options` are
    the options that it was started with.
    """
    options, file = _sources(flags)
    values = _merged(options, file)
    supplied = SuppliedAccount(reference_process.ACCOUNT) if reference_url else supplied_account(values)
    profiles = claimed_profiles(values.get("profiles") or PROFILES)
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
    return Settings(
        target=target,
        limits=_limits(values),
        connection=_connection(values),
        effort=_effort(values.get("effort", Effort.STANDARD)),
        seed=values.get("seed"),
        select=_selection(values, profiles),
        shard=_shard(values.get("shard")),
        waivers=_waivers(values.get("waivers", ())),
        strict=bool(values.get("strict")),
        allow_leftovers=bool(values.get("allow_leftovers")),
        fail_fast=bool(values.get("fail_fast")),
        output=Path(values.get("output") or "conformance-results"),
        force=bool(values.get("force")),
        prefix=secrets.token_hex(4),
        notices=((credential_routing.summary(file, options),) if file else ()) + supplied.notices,
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
    """Return the settings of the file, overridden by the options; any selecting option replaces both."""
    settings = file.resolved_settings() if file else {}
    if not _SELECTING.isdisjoint(options):
        settings = {name: value for name, value in settings.items() if name not in _SELECTING}
    return {**settings, **options}


def _option_name(setting: str) -> str:
    return {"profiles": "profile", "headers": "header"}.get(setting, setting.replace("_", "-"))


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
    """Return the selection expression of select, exclude and failed_from together."""
    included, excluded = (_strings(values.get(name, ())) for name in ("select", "exclude"))
    if "failed_from" in values:
        failed = failed_selection(Path(values["failed_from"]), profiles)
        if not failed and not included:
            raise ConfigurationError(
                f"--failed-from {values['failed_from']}: no requirement failed or was inconclusive in it"
            )
        included = (*included, *failed)
    try:
        return selection_expression(included, excluded)
    except UnknownSelectionError as error:
        raise ConfigurationError(str(error)) from None


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


def _waivers(tables: Any) -> tuple[Waiver, ...]:
    waivers = tuple(_waiver(table) for table in tables)
    ids = [waiver.requirement for waiver in waivers]
    for identifier in ids:
        if ids.count(identifier) > 1:
            raise ConfigurationError(f"waivers: {identifier!r} is waived twice; remove one of the waivers")
    return waivers


def _waiver(table: Any) -> Waiver:
    members = ", ".join(_WAIVER_MEMBERS)
    if not isinstance(table, Mapping):
        raise ConfigurationError(f"waivers: {table!r} must be a table with {members}")
    identifier = table.get("requirement")
    for name in table:
        if name not in _WAIVER_MEMBERS:
            raise ConfigurationError(
                f"waiver of {identifier!r}: unknown setting {name!r}; available: {members}"
            )
    for name in _WAIVER_MEMBERS:
        if name not in table:
            raise ConfigurationError(f"waiver of {identifier!r}: {name!r} is missing")
    waived = _waived_requirement(identifier)
    return Waiver(waived, _reason(waived, table["reason"]), _expiry_date(waived, table["expires"]))


def _waived_requirement(identifier: Any) -> str:
    """Return the id; raise ConfigurationError if it is the id of a statement that a requirement covers."""
    try:
        waived = requirement(identifier) if isinstance(identifier, str) else None
    except UnknownRequirementError as error:
        raise ConfigurationError(f"waivers: {error.args[0]}") from None
    if waived is None:
        raise ConfigurationError(
            f"waivers: {identifier!r} is not a requirement id, e.g. 'VC-CREATE-DATE-ONLY'"
        )
    if waived.id != identifier:
        raise ConfigurationError(
            f"waivers: {identifier!r} is covered by the requirement {waived.id!r}; use that id"
        )
    return waived.id


def _reason(identifier: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(
            f"waiver of {identifier!r}: invalid reason {value!r} (expected a non-empty string)"
        )
    return value.strip()


def _expiry_date(identifier: str, value: Any) -> date:
    try:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        return date.fromisoformat(value if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value) else "")
    except (TypeError, ValueError):
        raise ConfigurationError(
            f"waiver of {identifier!r}: invalid expiry date {str(value)!r} (expected YYYY-MM-DD)"
        ) from None


def _limits(values: Mapping[str, Any]) -> Limits:
    default = Limits()
    return Limits(
        concurrency=values.get("concurrency", default.concurrency),
        requests_per_second=parse_rate(values["rate_limit"]) if "rate_limit" in values else None,
        max_requests=values.get("max_requests"),
        max_live=values.get("max_live", default.max_live),
        timeout=parse_duration(values.get("timeout")) or default.timeout,
        max_seconds=parse_duration(values.get("max_seconds")) or default.max_seconds,
    )


def _connection(values: Mapping[str, Any]) -> Connection:
    return connection.validate_connection(
        Connection(
            headers=connection.parse_headers(values.get("headers", ())),
            ca=values.get("ca"),
            client_cert=values.get("client_cert"),
            proxy=values.get("proxy"),
        )
    )
