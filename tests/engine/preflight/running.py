"""The preflight of a target in this process."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from conformance.engine.preflight.steps import (
    PreflightError,
    PreflightStep,
    preflight_steps,
)
from conformance.testkit.api_client import ApiClient
from tests.support.fake_targets import fake_stack


def steps(
    target: Callable[[httpx.Request], httpx.Response],
    folder: Path,
    profiles: tuple[str, ...] = ("video",),
    **options: bool,
) -> list[PreflightStep]:
    with fake_stack(target, folder, profiles=profiles) as stack:
        return list(preflight_steps(ApiClient(stack, "00000000", "preflight"), **options))


def preflight_results(
    target: Callable[[httpx.Request], httpx.Response], folder: Path, profiles: tuple[str, ...] = ("video",)
) -> dict[str, str]:
    return {step.name: step.result for step in steps(target, folder, profiles)}


def warnings(target: Callable[[httpx.Request], httpx.Response], folder: Path) -> dict[str, str]:
    return {step.name: step.result for step in steps(target, folder) if step.is_warning}


def preflight_error(target: Callable[[httpx.Request], httpx.Response], folder: Path) -> PreflightError:
    with pytest.raises(PreflightError) as error:
        preflight_results(target, folder)
    assert error.value.hint in str(error.value)
    return error.value
