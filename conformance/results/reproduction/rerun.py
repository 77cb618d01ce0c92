"""Options of the command that reruns a check: those with which the run reached its target.

Files and values that may be secret are read from the environment variables that the other reproductions use.
"""

import shlex
from collections.abc import Iterator
from typing import Final

from conformance.config.connection import is_loopback
from conformance.config.settings import Effort, Settings
from conformance.config.target import PROFILES, Limits
from conformance.results.reproduction.connection_options import (
    CA,
    CLIENT_CERTIFICATE,
    CLIENT_KEY,
    PROXY,
    header_names,
    header_variable,
)
from reports.records.plain_run import capability_option

_CLIENT_CERTIFICATES: Final = {
    "file": f'"${CLIENT_CERTIFICATE}"',
    "pair": f'"${CLIENT_CERTIFICATE},${CLIENT_KEY}"',
}


def rerun_options(settings: Settings) -> tuple[str, ...]:
    """Return the options, as words of a shell, that determine what is sent and whether it can be sent.

    The built-in reference server needs none of those that describe a target.
    """
    return (
        *_test_case_options(settings),
        *(() if settings.target.is_reference else _target_options(settings)),
    )


def _test_case_options(settings: Settings) -> Iterator[str]:
    if settings.effort is not Effort.STANDARD:
        yield f"--effort {settings.effort}"
    if settings.seed is not None:
        yield f"--seed {settings.seed}"
    if settings.target.missing_capabilities:
        yield capability_option(settings.target.missing_capabilities)


def _target_options(settings: Settings) -> Iterator[str]:
    target = settings.target
    if target.profiles != PROFILES:
        yield from (f"--profile {profile}" for profile in target.profiles)
    if target.active_session is not None:
        yield f"--active-session {shlex.quote(target.active_session)}"
    flags = {
        "--read-only": target.read_only,
        "--allow-leftovers": settings.allow_leftovers,
        "--allow-logged-credentials": target.allow_logged_credentials,
    }
    yield from (flag for flag, is_set in flags.items() if is_set)
    yield from _limit_options(settings.limits)
    yield from _connection_options(settings)


def _limit_options(limits: Limits) -> Iterator[str]:
    """Yield the limits of the run that its target may need; those on its length do not matter."""
    default = Limits()
    if limits.timeout != default.timeout:
        yield f"--timeout {limits.timeout:g}"
    if limits.requests_per_second is not None:
        yield f"--rate-limit {limits.requests_per_second:g}/s"
    if limits.concurrency != default.concurrency:
        yield f"--concurrency {limits.concurrency}"
    if limits.max_live not in {None, default.max_live}:
        yield f"--max-live {limits.max_live}"


def _connection_options(settings: Settings) -> Iterator[str]:
    traits, url = settings.connection_traits, settings.target.url
    if url.scheme == "http" and (traits.proxy or not is_loopback(url.host)):
        yield "--allow-http"
    if not settings.connection.verify_tls:
        yield "--no-verify-tls"
    if traits.ca:
        yield f'--ca "${CA}"'
    if traits.client_cert:
        yield f"--client-cert {_CLIENT_CERTIFICATES[traits.client_cert]}"
    if traits.proxy:
        yield f'--proxy "${PROXY}"'
    for name in header_names(settings):
        yield f'--header {shlex.quote(f"{name}: ")}"${header_variable(name)}"'
