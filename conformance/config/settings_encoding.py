"""Encoding of the settings of a run, for its worker processes.

The settings hold the credentials of the target: they are sent over a pipe, never as arguments or in the
environment.
"""

from datetime import date
from pathlib import Path
from typing import Final

import httpx

from conformance.config.settings import Effort, Settings, Shard, Waiver
from conformance.config.target import Connection, Limits, Target
from conformance.http.credentials import Account
from conformance.processes.value_encoding import Codec, Form, record, text

SETTINGS: Final = Codec(
    record(Settings),
    record(Target),
    record(Account),
    record(Limits),
    record(Connection),
    record(Waiver),
    record(Shard),
    text(Effort),
    text(httpx.URL),
    text(Path),
    Form(date, date.isoformat, date.fromisoformat),
)
