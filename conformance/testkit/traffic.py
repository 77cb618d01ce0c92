"""All exchanges of the run, as the checks that judge every answer see them.

A requirement that nothing was observed of is not decided, so the checks count what they judge.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from conformance.http.credentials import GOOD, Account, Credential
from conformance.http.exchange import Exchange, Response
from conformance.testkit.exchange_log import Creation, Representation, Transcript


class Seen:
    """A transcript as one check looks at it, and how many observations the check makes."""

    def __init__(self, transcript: Transcript, account: Account) -> None:
        self.account = account
        self._transcript = transcript
        self.observations = 0

    def count(self, observations: int = 1) -> None:
        """Count what a check judged."""
        self.observations += observations

    def exchanges(self, *operations: str) -> Iterator[Exchange]:
        """Yield what was sent to some operations, or to all, answered or not; counted."""
        for exchange in self._transcript.judged:
            if not operations or exchange.origin.operation in operations:
                self.count()
                yield exchange

    def answers(
        self,
        *operations: str,
        status: Container[int] | None = None,
        credentials: Container[Credential] | None = None,
    ) -> Iterator[tuple[Exchange, Response]]:
        """Yield what was answered to some operations, or to all; counted."""
        for exchange in self._transcript.to(*operations):
            response = exchange.response
            if response is None or (status is not None and response.status not in status):
                continue
            if credentials is None or exchange.request.credential in credentials:
                self.count()
                yield exchange, response

    def errors(self, *operations: str) -> Iterator[tuple[Exchange, Mapping[str, Any]]]:
        """Yield every item of every 422; counted."""
        for exchange, response in self.answers(*operations, status={422}):
            items = response.json.get("errors") if isinstance(response.json, dict) else None
            for item in items if isinstance(items, list) else ():
                yield exchange, item if isinstance(item, dict) else {}

    def successes(self, operation: str) -> Iterator[tuple[Exchange, Response]]:
        """Yield every successful answer to an operation; counted."""
        return self.answers(operation, status=range(200, 300))

    def resources(self, resource: str) -> Sequence[Representation]:
        """Return every representation of a kind of resource, wherever it stands in an answer; uncounted."""
        return self._transcript.resources(resource)

    def any(self, resource: str) -> bool:
        """Tell whether a kind of resource was shown at all."""
        return bool(self.resources(resource))

    def creations(self, operation: str) -> Sequence[Creation]:
        """Return the creates that keep the documentation and were accepted; uncounted."""
        return self._transcript.creations(operation)

    def refusals_of_conforming(self, operation: str) -> Sequence[Exchange]:
        """Return the creates that keep the documentation and were refused all the same; uncounted."""
        return self._transcript.refusals_of_conforming(operation)

    def readings(self, operation: str) -> Iterator[tuple[Exchange, Exchange]]:
        """Yield each successful get with the create that made what it reads; counted."""
        for exchange in self._transcript.to(operation):
            creator = self.creator(exchange)
            if creator is not None and exchange.resource is not None:
                self.count()
                yield creator, exchange

    def gets_of_existing(self, operation: str) -> Iterator[tuple[Exchange, Exchange]]:
        """Yield each plain get of what was created and not yet deleted, with its create; counted."""
        deleted = {each.request.path: each.number for each in self._transcript.exchanges if each.deletes}
        for exchange in self._transcript.to(operation):
            creator = self.creator(exchange)
            if creator is None or exchange.request.credential != GOOD or "?" in exchange.request.target:
                continue
            if exchange.number < deleted.get(exchange.request.path, exchange.number + 1):
                self.count()
                yield creator, exchange

    def names_in_use(self, operation: str) -> Iterator[Exchange]:
        """Yield the conforming creates with a name that something had which was still there; uncounted."""
        deleted = {each.addressed: each.number for each in self._transcript.exchanges if each.deletes}
        users: dict[str, list[Exchange]] = {}
        for exchange in self._transcript.conforming(operation):
            name = exchange.request.json.get("name")
            if not isinstance(name, str):
                continue
            made = users.setdefault(name, [])
            if any(exchange.number < deleted.get(str(each.id), exchange.number + 1) for each in made):
                yield exchange
            if exchange.id is not None:
                made.append(exchange)

    def creator(self, exchange: Exchange) -> Exchange | None:
        """Return the create that made the resource an exchange addresses."""
        collection, _, made = exchange.request.path.rpartition("/")
        creator = self._transcript.creators.get(made)
        return creator if creator is not None and creator.request.path == collection else None
