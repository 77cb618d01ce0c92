"""CPU time of a run by phase."""

import threading
import time

import pytest

from conformance.runtime import cpu_time
from conformance.runtime.cpu_time import CHECKING, EVIDENCE, GENERATION, REST, TRANSPORT


@pytest.fixture(autouse=True)
def _reset() -> None:
    cpu_time.reset()


def use_cpu(seconds: float) -> None:
    """Use CPU time in this thread."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_cpu_time_in_a_phase_is_counted_for_the_phase() -> None:
    with CHECKING:
        use_cpu(0.02)
    assert 0.02 <= cpu_time.cpu_seconds()["judging"] < 0.2
    assert cpu_time.cpu_seconds()["generation"] == 0


def test_an_inner_phase_is_not_counted_for_the_outer_phase() -> None:
    with TRANSPORT:
        use_cpu(0.01)
        with EVIDENCE:
            use_cpu(0.05)
        use_cpu(0.01)
    phases = cpu_time.cpu_seconds()
    assert 0.02 <= phases["transport"] < 0.05 <= phases["evidence"]


def test_waiting_is_not_counted() -> None:
    with TRANSPORT:
        time.sleep(0.05)
    assert cpu_time.cpu_seconds()["transport"] < 0.04


def test_every_thread_is_counted_once() -> None:
    @GENERATION
    def generate() -> None:
        use_cpu(0.02)

    threads = [threading.Thread(target=generate) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0.06 <= cpu_time.cpu_seconds()["generation"] < 0.3


def test_cpu_time_outside_all_phases_is_the_rest() -> None:
    use_cpu(0.03)
    assert cpu_time.cpu_seconds()[REST] >= 0.03


def test_a_reset_sets_all_phases_to_zero() -> None:
    with CHECKING:
        use_cpu(0.02)
    cpu_time.reset()
    assert cpu_time.cpu_seconds()["judging"] == 0
    with CHECKING:
        use_cpu(0.02)
    assert cpu_time.cpu_seconds()["judging"] >= 0.02


def test_a_phase_ends_after_an_exception() -> None:
    with pytest.raises(ValueError, match="broken"), CHECKING:
        raise ValueError("broken")
    use_cpu(0.02)
    assert cpu_time.cpu_seconds()["judging"] < 0.02


def test_cpu_time_of_another_process_is_not_subtracted_from_the_rest() -> None:
    use_cpu(0.03)
    cpu_time.add_external(CHECKING, 5.0)
    phases = cpu_time.cpu_seconds()
    assert phases["judging"] == 5.0
    assert 0.03 <= phases[REST] < 1
