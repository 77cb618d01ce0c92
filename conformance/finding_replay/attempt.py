"""One attempt to replay a finding: its requests with fresh names, and the ids that the target returns."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

from conformance.finding_replay.finding_file import RecordedFinding
from conformance.finding_replay.finding_status import Status
from conformance.finding_replay.fresh_names import FreshNames
from conformance.finding_replay.recorded_step import MissingValueError, RecordedStep
from conformance.http.credentials import PROJECT_VARIABLE, TOKEN_VARIABLE
from conformance.http.exchange import Exchange
from conformance.results.verdict import Inconclusive
from conformance.testkit.api_client import ApiClient
from conformance.testkit.resource_client import ResourceClient


class IncompleteAttemptError(Exception):
    """A request of a finding could not be sent; the message states why."""

    def __init__(self, status: Status, text: str) -> None:
        super().__init__(text)
        self.status = status


class Attempt:
    """Sends the requests of a finding once, and deletes what they create."""

    def __init__(self, api: ApiClient, finding: RecordedFinding, number: int) -> None:
        self._api = api
        self._finding = finding
        self._account = api.transport.target.account  # placeholders, which the transport stack replaces
        self.names = FreshNames(api.prefix, finding.id, number)
        self.values: dict[str, str] = {}  # of the variables, by name
        self.exchanges: list[Exchange] = []

    @property
    def known_values(self) -> Mapping[str, str]:
        """Return the values of all variables that an assertion may contain."""
        secrets = {PROJECT_VARIABLE: self._account.project, TOKEN_VARIABLE: self._account.token}
        return {**secrets, **self.names.variables, **self.values}

    def send(self) -> None:
        """Send all requests; raise IncompleteAttemptError for one that cannot be sent."""
        try:
            for group in self._finding.groups:
                self._send_group(group)
        except MissingValueError as error:
            text = f"{self._last_outcome()}, without the value {error} for the next request"
            raise IncompleteAttemptError(Status.CHANGED, text) from None
        except Inconclusive as error:
            raise IncompleteAttemptError(Status.UNDECIDED, str(error)) from None

    def delete_created(self) -> None:
        """Delete what the requests created, as far as a get shows that the replay created it."""
        for exchange in self.exchanges:
            if exchange.is_create and exchange.id is not None:
                with suppress(Inconclusive):  # the clean-up at the end tries again
                    self._collection(exchange).delete_if_owned(exchange.id, assessed=False)

    def _send_group(self, group: Sequence[RecordedStep]) -> None:
        sends = [partial(self._send_step, step) for step in group]
        exchanges = self._api.send_concurrently(sends) if len(sends) > 1 else [sends[0]()]
        self.exchanges += exchanges
        for step, exchange in zip(group, exchanges, strict=True):
            self._keep_values(step, exchange)

    def _send_step(self, step: RecordedStep) -> Exchange:
        request = step.request(self._api.transport.target, self._account, self.values, self.names)
        if step.method == "DELETE":
            self._api.collection(step.operation).owns(self.values[step.item[1]["variable"]])
        return self._api.send(step.operation, request)

    def _keep_values(self, step: RecordedStep, exchange: Exchange) -> None:
        """Keep the id and the generated name in the response to a create."""
        if step.number and exchange.id is not None:
            self.values[f"ID{step.number}"] = exchange.id
        name = (exchange.resource or {}).get("name")
        if step.has_generated_name and isinstance(name, str):
            self.values[f"NAME{step.number}"] = name

    def _collection(self, exchange: Exchange) -> ResourceClient:
        return self._api.collection(exchange.origin.operation)

    def _last_outcome(self) -> str:
        if not self.exchanges:
            return "nothing was sent"
        last = self.exchanges[-1]
        outcome = f"status {last.status}" if last.response else f"no response ({last.failure})"
        return f"request {len(self.exchanges)} of {len(self._finding.steps)} got {outcome}"
