import threading
import time

import pytest

from conformance.runtime import cpu_time
from conformance.runtime.cpu_time import CHECKING, EVIDENCE, GENERATION, REST, TRANSPORT


@pytest.fixture(autouse=True)
def _anew() -> None:
    cpu_time.reset()


def work(seconds: float) -> None:
    """Keep the processor busy that long in this thread."""
    ends = time.thread_time() + seconds
    while time.thread_time() < ends:
        pass


def test_what_is_worked_on_is_counted_for_its_phase() -> None:
    with CHECKING:
        work(0.02)
    assert 0.02 <= cpu_time.cpu_seconds()["judging"] < 0.2
    assert cpu_time.cpu_seconds()["generation"] == 0


def test_what_goes_on_within_something_else_counts_for_itself_alone() -> None:
    with TRANSPORT:
        work(0.01)
        with EVIDENCE:
            work(0.05)
        work(0.01)
    spent = cpu_time.cpu_seconds()
    assert 0.02 <= spent["transport"] < 0.05 <= spent["evidence"]


def test_waiting_is_not_counted() -> None:
    with TRANSPORT:
        time.sleep(0.05)
    assert cpu_time.cpu_seconds()["transport"] < 0.04


def test_every_thread_counts_and_none_twice() -> None:
    @GENERATION
    def draw() -> None:
        work(0.02)

    threads = [threading.Thread(target=draw) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0.06 <= cpu_time.cpu_seconds()["generation"] < 0.3


def test_what_is_in_no_phase_is_the_rest() -> None:
    work(0.03)
    assert cpu_time.cpu_seconds()[REST] >= 0.03


def test_a_run_counts_from_its_own_beginning() -> None:
    with CHECKING:
        work(0.02)
    cpu_time.reset()
    assert cpu_time.cpu_seconds()["judging"] == 0
    with CHECKING:
        work(0.02)
    assert cpu_time.cpu_seconds()["judging"] >= 0.02


def test_a_phase_that_ends_badly_ends() -> None:
    with pytest.raises(ValueError, match="broken"), CHECKING:
        raise ValueError("broken")
    work(0.02)
    assert cpu_time.cpu_seconds()["judging"] < 0.02


def test_what_another_process_did_is_no_part_of_what_this_one_used() -> None:
    work(0.03)
    cpu_time.add_external(CHECKING, 5.0)
    spent = cpu_time.cpu_seconds()
    assert spent["judging"] == 5.0
    assert 0.03 <= spent[REST] < 1
