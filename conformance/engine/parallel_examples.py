"""Concurrent execution of generated cases that do not depend on each other.

Hypothesis normally generates a case, runs it and waits. Here all cases are generated first, in a background
process and without any request, and then run in batches. If a case fails, Hypothesis generates the same cases
again, takes their results from the batches, and shrinks the failing one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, wraps
from hashlib import blake2b
from typing import Any, Final

from conformance.processes.background_process import BackgroundProcessError, background_process, operation
from conformance.processes.check_functions import check_function
from conformance.processes.value_encoding import dataclass_form
from conformance.results.verdict import Finding
from conformance.testkit import hypothesis_profiles, sampling
from conformance.testkit.api_client import ApiClient
from conformance.testkit.hypothesis_profiles import ExampleSettings
from strategies.invalid_values import InvalidValue

_BATCH: Final = 64  # cases that run before the results are examined
_SMOKE_CASES: Final = 8  # cases of a batch at --effort smoke
_Case = Mapping[str, Any]  # generated argument values by parameter name


def start_generating(check: Any, examples: ExampleSettings) -> None:
    """Start to generate the cases of a check in a background process, without waiting for them."""
    if examples.count:
        background_process().submit(_generate_in_background, examples, check.__module__, check.__name__)


def generated_cases(check: Any, examples: ExampleSettings) -> Sequence[_Case]:
    """Return the cases of a check, from a background process if they are random.

    Both processes generate the same cases.
    """
    if not examples.count:
        return generate_cases(check)
    try:
        cases: Sequence[_Case] = background_process().call(
            _generate_in_background, examples, check.__module__, check.__name__
        )
    except BackgroundProcessError:  # generate them in this process
        return generate_cases(check)
    return cases


def generate_cases(check: Any) -> Sequence[_Case]:
    """Generate the cases of a check whose only other parameter is the API client."""
    cases: list[_Case] = []

    def collect(**arguments: Any) -> None:
        cases.append({name: value for name, value in arguments.items() if name != "api"})

    with _replaced_test(check, collect), hypothesis_profiles.default_buffer_size():
        check(api=None)
    return cases


def run_cases(check: Any, api: ApiClient, cases: Sequence[_Case]) -> None:
    """Run a check with its cases and raise the first failure; a finding is shrunk first."""
    run = _ExampleRun(check.hypothesis.inner_test, api)
    for start in range(0, len(cases), _BATCH):
        run.run_batch(sampling.subset(api.effort, cases[start : start + _BATCH], _SMOKE_CASES))
        if run.failure is not None:
            break
    if isinstance(run.failure, Finding):
        with _replaced_test(check, run.replay_example):
            check(api=api)
    if run.failure is not None:
        raise run.failure


class _ExampleRun:
    """Runs the cases of one check and stores their results."""

    def __init__(self, test: Callable[..., None], api: ApiClient) -> None:
        self.failure: Exception | None = None
        self._test = test
        self._api = api
        self._passed: set[bytes] = set()
        self._failed: bytes | None = None  # the first failing case, until it is replayed

    def run_batch(self, batch: Sequence[_Case]) -> None:
        """Run several cases concurrently."""
        results = list(zip(batch, self._api.map_concurrently(self._run, batch), strict=True))
        self._passed.update(_digest(case) for case, error in results if error is None)
        failures = [(case, error) for case, error in results if error is not None]
        if failures:
            case, self.failure = min(failures, key=lambda pair: not isinstance(pair[1], Finding))
            self._failed = _digest(case)

    def replay_example(self, api: ApiClient, **case: Any) -> None:
        """Raise the stored failure of a case once; run a case that has not passed before."""
        digest = _digest(case)
        if digest == self._failed and self.failure is not None:
            self._failed = None
            raise self.failure
        if digest not in self._passed:
            self._test(api=api, **case)

    def _run(self, case: _Case) -> Exception | None:
        try:
            self._test(api=self._api, **case)
        except Exception as error:  # noqa: BLE001 - stored, and raised after the batch
            return error
        return None


@operation(dataclass_form(ExampleSettings), dataclass_form(InvalidValue))
@lru_cache(maxsize=8)
def _generate_in_background(examples: ExampleSettings, module: str, name: str) -> Sequence[_Case]:
    hypothesis_profiles.load(examples)
    return generate_cases(hypothesis_profiles.with_seed(check_function(module, name)))


def _digest(case: _Case) -> bytes:
    text = repr(sorted(case.items()))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@contextmanager
def _replaced_test(check: Any, replacement: Callable[..., None]) -> Iterator[None]:
    """Make Hypothesis call a replacement with the unchanged cases of a check."""
    test = check.hypothesis.inner_test

    @wraps(test)
    def call_replacement(**case: Any) -> None:
        replacement(**case)

    check.hypothesis.inner_test = call_replacement
    try:
        yield
    finally:
        check.hypothesis.inner_test = test
