"""Capabilities of a target that some requirements need beyond the response to a single request.

A requirement names those that it needs: in its entry, in its derivation rule, or with x-needs in a schema. A
server without memory, such as a mock that returns an example for each request, has none of them.
"""

from enum import StrEnum


class Capability(StrEnum):
    """A property of the target that a run may declare to be missing."""

    STATE = "state"
    """What was created can be read, names are unique, ids differ, values and times are those of requests."""
    CREDENTIALS = "credentials"
    """Wrong credentials are rejected."""
    DELETE = "delete"
    """What was created can be deleted."""
    LIST = "list"
    """The resources of a collection can be listed."""
    ACTIVE_SESSION = "active-session"
    """A conference with an active session can be provided."""


CAPABILITIES = tuple(str(capability) for capability in Capability)
"""The names of all capabilities, in the order of documentation and reports."""
