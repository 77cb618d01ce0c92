"""Resources side by side: creates, refusals, gets and deletes of others leave each as it was created."""

from typing import Final

from conformance.config.settings import Effort
from conformance.testkit.api_client import Api
from conformance.testkit.markers import each_of
from conformance.testkit.stateful_model import AT_ONCE, CREATE, DELETE, GET, REFUSED, Model, Step

_FIRST: Final[tuple[Step, ...]] = (
    *((CREATE, 0), (CREATE, 1), (REFUSED, 2), (GET, 0), (GET, 1)),
    *((CREATE, 0), (REFUSED, 3), (GET, 2), (GET, 0), (DELETE, 1), (GET, 0)),
)
_INTERLEAVED: Final[tuple[Step, ...]] = (
    *_FIRST,
    *((GET, 1), (CREATE, 8), (REFUSED, 4), (GET, 2)),
    *((AT_ONCE, 5), (REFUSED, 6), (GET, 3), (GET, 0), (DELETE, 0), (GET, 0), (GET, 4)),
)
_MANY: Final[tuple[Step, ...]] = (
    *((AT_ONCE, number) for number in range(0, 44, 4)),
    *((GET, 0), (GET, 1), (GET, 0)),
)


@each_of("prefix", {"VC-GET-INTERLEAVED": "VC", "FCR-GET-INTERLEAVED": "FCR"})
def test_resources_live_side_by_side(api: Api, prefix: str) -> None:
    for steps in (_FIRST,) if api.effort is Effort.SMOKE else (_INTERLEAVED, _MANY):
        Model(api.collection(f"{prefix}-CREATE")).follow(steps)
