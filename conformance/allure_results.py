"""What allure-pytest is told of each check: operation, requirement, level, and the exchange as text."""

from collections.abc import Mapping
from typing import Any, Final

import allure

_SEVERITIES: Final = {"must": allure.severity_level.CRITICAL, "should": allure.severity_level.NORMAL}
_SHOWN: Final = ("sent", "expected", "received", "why", "curl")


def tell(entry: Mapping[str, Any]) -> None:
    """Describe the check that is running by the entry of its requirement; targets are hostile: text only."""
    allure.dynamic.title(f"{entry['id']} {entry['sentence']}")
    allure.dynamic.feature(entry["operation"])
    allure.dynamic.story(entry["id"])
    allure.dynamic.severity(_SEVERITIES.get(entry["level"], allure.severity_level.MINOR))
    allure.dynamic.label("requirement", entry["id"])
    allure.dynamic.label("level", entry["level"])
    allure.dynamic.label("verdict", entry["verdict"])
    allure.dynamic.description(
        f"{entry['sentence']}\n\nSource: {entry['source']}\n\nObservations: {entry['observations']}"
    )
    for finding in entry["findings"]:
        for name in _SHOWN:
            allure.attach(finding[name], name, allure.attachment_type.TEXT)
