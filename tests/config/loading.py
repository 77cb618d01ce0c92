"""Settings of a run from its options and from a file in the working directory."""

from pathlib import Path
from typing import Any

import pytest

from conformance.config.loader import ConfigurationError, load_settings
from conformance.config.settings import Settings

TARGET = "https://example.test"


def load(**flags: Any) -> Settings:
    return load_settings({"target": TARGET, **flags})


def error_message(**flags: Any) -> str:
    with pytest.raises(ConfigurationError) as error:
        load(**flags)
    return str(error.value)


def write(text: str, name: str = "conformance.toml") -> str:
    Path(name).write_text(text)
    return name
