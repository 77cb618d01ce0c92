"""Random sequences of creates, refusals, gets and deletes, judged by a model of what must be true."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.testkit.api_client import Api
from conformance.testkit.markers import requirement
from conformance.testkit.stateful_model import CREATE, DELETE, GET, STEPS, Model, Step

_MOST = 12
_PART = 16  # one sequence for so many cases of other random checks: its steps wait for each other
_STEPS = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 9)), min_size=2, max_size=_MOST)


@requirement("VC-GET-SEQUENCES")
@settings(max_examples=max(1, settings().max_examples // _PART))
@given(steps=_STEPS)
@example(steps=[(CREATE, 0), (CREATE, 1), (DELETE, 0), (CREATE, 2), (GET, 0), (GET, 1), (GET, 0)])
def test_conferences_come_and_go_without_a_trace_on_others(api: Api, steps: list[Step]) -> None:
    Model(api.video).follow([(CREATE, 0), *steps])
