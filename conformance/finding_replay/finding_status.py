"""What a replay shows about a finding."""

from enum import StrEnum


class Status(StrEnum):
    """What a replay shows about a finding."""

    PRESENT = "present"  # the target still violates the requirement in the recorded way
    GONE = "gone"  # it does not
    CHANGED = "changed"  # it responds in another way, which does not meet the requirement
    UNDECIDED = "undecided"  # the requests could not be sent, or only a reader can decide it
