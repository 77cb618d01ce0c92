"""Encoding of the settings of a run, for its worker processes.

The settings hold the credentials of the target: they are sent over a pipe, never as arguments or in the
environment.
"""

from datetime import date
from pathlib import Path
from typing import Final

import httpx

from conformance.config.settings import Effort, Settings, Shard, Waiver
from conformance.config.target import Connection, ConnectionTraits, Limits, Target
from conformance.http.credentials import Account
from conformance.processes.value_encoding import Codec, Form, dataclass_form, text_form
from reports.records.baseline import Baseline

SETTINGS_CODEC: Final = Codec(
    dataclass_form(Settings),
    dataclass_form(Target),
    dataclass_form(Account),
    dataclass_form(Limits),
    dataclass_form(Connection),
    dataclass_form(ConnectionTraits),
    dataclass_form(Waiver),
    dataclass_form(Shard),
    dataclass_form(Baseline),
    text_form(Effort),
    text_form(httpx.URL),
    text_form(Path),
    Form(date, date.isoformat, date.fromisoformat),
)
