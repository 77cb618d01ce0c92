"""Checks of isolation: creating, reading and deleting other resources does not change a resource."""

from typing import Final

from conformance.config.settings import Effort
from conformance.testkit.api_client import ApiClient
from conformance.testkit.markers import requirements
from conformance.testkit.stateful_model import (
    CREATE,
    CREATE_CONCURRENTLY,
    CREATE_INVALID,
    DELETE,
    GET,
    ResourceModel,
    Step,
)

_SHORT: Final[tuple[Step, ...]] = (
    *((CREATE, 0), (CREATE, 1), (CREATE_INVALID, 2), (GET, 0), (GET, 1)),
    *((CREATE, 0), (CREATE_INVALID, 3), (GET, 2), (GET, 0), (DELETE, 1), (GET, 0)),
)
_INTERLEAVED: Final[tuple[Step, ...]] = (
    *_SHORT,
    *((GET, 1), (CREATE, 8), (CREATE_INVALID, 4), (GET, 2)),
    *((CREATE_CONCURRENTLY, 5), (CREATE_INVALID, 6), (GET, 3), (GET, 0), (DELETE, 0), (GET, 0), (GET, 4)),
)
_MANY: Final[tuple[Step, ...]] = (
    *((CREATE_CONCURRENTLY, number) for number in range(0, 44, 4)),
    *((GET, 0), (GET, 1), (GET, 0)),
)


@requirements("prefix", {"VC-GET-INTERLEAVED": "VC", "FCR-GET-INTERLEAVED": "FCR"})
def test_other_requests_do_not_change_a_resource(api: ApiClient, prefix: str) -> None:
    for steps in (_SHORT,) if api.effort is Effort.SMOKE else (_INTERLEAVED, _MANY):
        ResourceModel(api.collection(f"{prefix}-CREATE")).run_steps(steps)
