"""Checks with random sequences of creates, rejected creates, gets and deletes."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.testkit.api_client import ApiClient
from conformance.testkit.markers import requirement
from conformance.testkit.stateful_model import ACTIONS, CREATE, DELETE, GET, ResourceModel, Step

_MAX_STEPS = 12
_EXAMPLES_PER_SEQUENCE = 16  # of other property-based checks: the steps of a sequence run one by one
_STEPS = st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 9)), min_size=2, max_size=_MAX_STEPS)


@requirement("VC-GET-SEQUENCES")
@settings(max_examples=max(1, settings().max_examples // _EXAMPLES_PER_SEQUENCE))
@given(steps=_STEPS)
@example(steps=[(CREATE, 0), (CREATE, 1), (DELETE, 0), (CREATE, 2), (GET, 0), (GET, 1), (GET, 0)])
def test_no_sequence_of_requests_changes_another_conference(api: ApiClient, steps: list[Step]) -> None:
    ResourceModel(api.video).run_steps([(CREATE, 0), *steps])
