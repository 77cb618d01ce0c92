"""A mistake of a whole server has few root causes, and the plainest requirement comes first."""

import pytest

from conformance.config.settings import Effort
from conformance.mutation.check_runner import CheckRunner
from conformance.mutation.in_process_server import FAULTS, InProcessTransport
from conformance.results.grouping.root_causes import causes
from reference.api.behavior import ServerBehavior
from reference.faults.fault import Fault
from tests.support.servers import broad_mistakes as mistakes

BENCH = CheckRunner(Effort.SMOKE, Effort.SMOKE)


def root_causes(monkeypatch: pytest.MonkeyPatch, *behaviors: type[ServerBehavior]) -> list[dict[str, object]]:
    for behavior in behaviors:
        fault = Fault(behavior.__name__, (), behavior.__doc__ or "", behavior)
        monkeypatch.setitem(FAULTS, behavior.__name__, fault)
    server = InProcessTransport([behavior.__name__ for behavior in behaviors])
    return causes(BENCH.run(server, BENCH.overview()).outcomes.values())


@pytest.mark.parametrize(
    "mistake, most, primary",
    [
        (mistakes.LaxBooleans, 1, "-TYPE"),
        (mistakes.DollarPatterns, 1, "-PATTERN"),
        (mistakes.Trimming, 2, ""),
        (mistakes.LenientDates, 2, "-OFFSET"),
        (mistakes.NullIsAbsent, 1, "-NULL"),
        (mistakes.OtherErrors, 2, "-ENVELOPE"),
        (mistakes.TextResponses, 2, "-RESPONSE-JSON"),
        (mistakes.RenamedMember, 2, "-CREATED-AT"),
        (mistakes.NoAuthentication, 1, "API-AUTH-HEADER-REQUIRED"),
        (mistakes.WrongFabricPath, 2, "FCR-CREATE-ROUTE"),
        (mistakes.StatusCreated, 1, "-CREATE-STATUS"),
        (mistakes.DatesWithoutOffset, 1, ""),
        (mistakes.NoPatterns, 2, "-PATTERN"),
        (mistakes.NoValidation, 1, ""),
    ],
)
def test_a_mistake_of_a_whole_server_has_few_root_causes(
    monkeypatch: pytest.MonkeyPatch, mistake: type[ServerBehavior], most: int, primary: str
) -> None:
    entries = root_causes(monkeypatch, mistake)
    assert len(entries) <= most
    assert all(str(entry["primary"]).endswith(primary) for entry in entries[:1])


def test_independent_mistakes_have_root_causes_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = root_causes(
        monkeypatch,
        mistakes.LaxBooleans,
        mistakes.DollarPatterns,
        mistakes.LenientDates,
        mistakes.OtherErrors,
        mistakes.RenamedMember,
    )
    assert 5 <= len(entries) <= 12
