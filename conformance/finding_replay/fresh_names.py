"""Fresh unique names for a replay: those of the run are replaced wherever they occur."""

import re
from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

from conformance.results.reproduction.encoding import RUN

_NAME: Final = re.compile(r"cc-[0-9a-z]{8}-([0-9a-f]{12})-([0-9a-f]+)_Z", re.IGNORECASE | re.ASCII)
_NAME_BYTES: Final = re.compile(_NAME.pattern.encode(), re.IGNORECASE)


class FreshNames:
    """The names of one attempt to replay a finding; they have the length of those in the recorded requests.

    A name of any other run is replaced as well, so that no resource of another run can be taken for one of
    the replay.
    """

    def __init__(self, prefix: str, finding: str, attempt: int) -> None:
        self._prefix = prefix
        self._label = f"{finding}\n{attempt}"

    @property
    def variables(self) -> Mapping[str, str]:
        """Return the variable with the part of all names that differs from run to run."""
        return {RUN: self._prefix}

    def renewed(self, text: str) -> str:
        """Return a text with fresh names."""
        return _NAME.sub(self._fresh, text)

    def renewed_bytes(self, data: bytes) -> bytes:
        """Return bytes with fresh names."""
        return _NAME_BYTES.sub(lambda match: self.renewed(match[0].decode("ascii")).encode(), data)

    def _fresh(self, match: re.Match[str]) -> str:
        recorded = match[1].lower()
        digest = blake2b(f"{self._label}\n{recorded}".encode(), digest_size=6).hexdigest()
        name = f"cc-{self._prefix}-{digest}-{match[2]}_Z"
        if match[0].isupper():
            return name.upper()
        return name.lower() if match[0].islower() else name
