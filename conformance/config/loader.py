"""Settings from flags, environment and file: flags beat environment beats file.

The file is conformance.toml, or [tool.conformance] in pyproject.toml; it never holds credentials.
"""

import re
import secrets
from collections.abc import Mapping
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import httpx

from conformance.config import config_files, connection, credential_routing
from conformance.config.config_files import ConfigurationFile
from conformance.config.credentials_input import SuppliedAccount, supplied_account
from conformance.config.setting_types import KINDS, ConfigurationError, check, rate
from conformance.config.settings import Effort, Settings, Shard, Waiver
from conformance.config.target import BASE_PATHS, PROFILES, Connection, Limits, Target
from conformance.http.credentials import PROJECT, TOKEN
from conformance.processes import reference_process
from spec.catalogue import UnknownRequirementError, requirement

__all__ = ["ConfigurationError", "merged", "settings"]

_OF_A_WAIVER: Final = ("requirement", "reason", "expires")
_CREDENTIALS: Final = frozenset(
    {"project_id", "api_token", "token", "api_token_file", "credentials", "password", "secret", "auth"}
)


def settings(
    flags: Mapping[str, Any], *, reference: str | None = None, flaws: tuple[str, ...] = ()
) -> Settings:
    """Return the settings of a run; `reference` is the address of the built-in server, if that is used."""
    options, file = _sources(flags)
    told = _merged(options, file)
    supplied = SuppliedAccount(reference_process.ACCOUNT) if reference else supplied_account(told)
    target = Target(
        url=httpx.URL(reference) if reference else _address(told),
        account=supplied.account,
        profiles=_profiles(told.get("profiles") or PROFILES),
        base_paths={**BASE_PATHS, **told.get("base_paths", {})},
        active_session=told.get("active_session"),
        read_only=bool(told.get("read_only")),
        allow_logged_credentials=bool(told.get("allow_logged_credentials")) or reference is not None,
        reference=reference is not None,
        flaws=flaws,
    )
    return Settings(
        target=target,
        limits=_limits(told),
        connection=_connection(told),
        effort=_effort(told.get("effort", Effort.STANDARD)),
        seed=told.get("seed"),
        select=told.get("select") or "",
        shard=_shard(told.get("shard")),
        waivers=_waivers(told.get("waivers", ())),
        strict=bool(told.get("strict")),
        allow_leftovers=bool(told.get("allow_leftovers")),
        fail_fast=bool(told.get("fail_fast")),
        output=Path(told.get("output") or "conformance-results"),
        force=bool(told.get("force")),
        prefix=secrets.token_hex(4),
        notices=((credential_routing.summary(file, options),) if file else ()) + supplied.notices,
    )


def merged(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the file says, overridden by the flags that were given."""
    return _merged(*_sources(flags))


def _sources(flags: Mapping[str, Any]) -> tuple[dict[str, Any], ConfigurationFile | None]:
    """Return the options that were given, and the configuration file, each of them checked."""
    options = {name: value for name, value in flags.items() if value not in (None, ())}
    check(options, lambda key: f"--{_flag(key)}")
    file = config_files.load(options.pop("config", None))
    if file is not None:
        _check(file.path, file.settings)
        credential_routing.check(file, options)
    return options, file


def _merged(options: Mapping[str, Any], file: ConfigurationFile | None) -> dict[str, Any]:
    return {**(file.resolved_settings() if file else {}), **options}


def _flag(key: str) -> str:
    """Return the option that a setting is given by."""
    return {"profiles": "profile", "headers": "header"}.get(key, key.replace("_", "-"))


def _check(path: Path, read: Mapping[str, Any]) -> None:
    for key in read:
        if key.lower().replace("-", "_") in _CREDENTIALS:
            raise ConfigurationError(
                f"{path}: {key!r} does not belong in a file; credentials come from {PROJECT} and {TOKEN}"
            )
        if key not in KINDS:
            near = get_close_matches(key, KINDS, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ConfigurationError(f"{path}: there is no setting {key!r}{hint}")
    check(read, lambda key: f"{path}: {key} =")


def _address(told: Mapping[str, Any]) -> httpx.URL:
    allow_http = bool(told.get("allow_http"))
    return connection.address(told["target"], allow_http=allow_http, proxy=told.get("proxy"))


def _profiles(named: Any) -> tuple[str, ...]:
    for name in named:
        if name not in PROFILES:
            near = get_close_matches(str(name), PROFILES, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(PROFILES)}"
            raise ConfigurationError(f"there is no profile {name!r}{hint}")
    return tuple(name for name in PROFILES if name in named)


def _effort(name: str) -> Effort:
    try:
        return Effort(name)
    except ValueError:
        raise ConfigurationError(f"there is no effort {name!r}; there are {', '.join(Effort)}") from None


def _shard(text: str | None) -> Shard | None:
    if text is None:
        return None
    number, of = (
        (int(part) for part in text.split("/")) if re.fullmatch("[0-9]{1,6}/[0-9]{1,6}", text) else (0, 0)
    )
    if not 1 <= number <= of:
        raise ConfigurationError(f"--shard {text!r} is no part: K/N with K from 1 to N, such as 1/3")
    return Shard(number, of)


def _waivers(told: Any) -> tuple[Waiver, ...]:
    waivers = tuple(_waiver(each) for each in told)
    named = [each.requirement for each in waivers]
    for each in named:
        if named.count(each) > 1:
            raise ConfigurationError(f"{each!r} is waived twice; leave one of the waivers out")
    return waivers


def _waiver(told: Any) -> Waiver:
    if not isinstance(told, Mapping):
        raise ConfigurationError(f"the waiver {told!r} is no table with {', '.join(_OF_A_WAIVER)}")
    name = told.get("requirement")
    for key in told:
        if key not in _OF_A_WAIVER:
            known = ", ".join(_OF_A_WAIVER)
            raise ConfigurationError(f"the waiver of {name!r} has no member {key!r}; it has {known}")
    for key in _OF_A_WAIVER:
        if key not in told:
            raise ConfigurationError(f"the waiver of {name!r} lacks {key!r}")
    waived = _waived(name)
    return Waiver(waived, _reason(waived, told["reason"]), _last_day(waived, told["expires"]))


def _waived(name: Any) -> str:
    """Return the id of a requirement; that of a statement would excuse more than it says."""
    try:
        found = requirement(name) if isinstance(name, str) else None
    except UnknownRequirementError as error:
        raise ConfigurationError(f"waivers: {error.args[0]}") from None
    if found is None:
        raise ConfigurationError(f"waivers: the requirement {name!r} is no id, such as 'VC-CREATE-DATE-ONLY'")
    if found.id != name:
        raise ConfigurationError(f"waivers: {name!r} is decided by the requirement {found.id!r}; name that")
    return found.id


def _reason(name: str, told: Any) -> str:
    if not isinstance(told, str) or not told.strip():
        raise ConfigurationError(f"the waiver of {name!r} has the reason {told!r}; say why it is excused")
    return told.strip()


def _last_day(name: str, told: Any) -> date:
    try:
        if isinstance(told, date) and not isinstance(told, datetime):
            return told
        return date.fromisoformat(told if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", told) else "")
    except (TypeError, ValueError):
        raise ConfigurationError(
            f"the waiver of {name!r} expires {str(told)!r}, which is no day such as 2026-12-31"
        ) from None


def _limits(told: Mapping[str, Any]) -> Limits:
    default = Limits()
    return Limits(
        concurrency=told.get("concurrency", default.concurrency),
        per_second=rate(told["rate_limit"]) if "rate_limit" in told else None,
        requests=told.get("max_requests"),
        live=told.get("max_live", default.live),
        timeout=told.get("timeout", default.timeout),
        seconds=told.get("max_seconds", default.seconds),
    )


def _connection(told: Mapping[str, Any]) -> Connection:
    return connection.checked(
        Connection(
            headers=connection.headers(told.get("headers", ())),
            ca=told.get("ca"),
            client_cert=told.get("client_cert"),
            proxy=told.get("proxy"),
        )
    )
