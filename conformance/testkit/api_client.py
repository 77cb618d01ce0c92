"""API client of the checks: the collections of the API, with one method per operation."""

from conformance.config.settings import Effort
from conformance.testkit.request_sender import RequestSender
from conformance.testkit.resource_client import ResourceClient
from conformance.transport.stack import TransportStack


class ApiClient(RequestSender):
    """Client of the API for one check."""

    def __init__(
        self,
        transport: TransportStack,
        prefix: str,
        check: str,
        attempt: int = 0,
        effort: Effort = Effort.STANDARD,
    ) -> None:
        super().__init__(transport, prefix, check, attempt, effort)
        self.video = ResourceClient(self, "VC")
        self.fabric = ResourceClient(self, "FCR")

    @property
    def any_collection(self) -> ResourceClient:
        """Return the collection of the first claimed profile, for checks that need only one."""
        return self.claimed_collections()[0]

    def claimed_collections(self) -> list[ResourceClient]:
        """Return the collections of the profiles that the target claims."""
        collections = {"video": self.video, "fabric": self.fabric}
        return [collections[profile] for profile in self.transport.target.profiles]

    def collection(self, operation_id: str) -> ResourceClient:
        """Return the collection of an operation."""
        return self.video if operation_id.startswith("VC-") else self.fabric

    def for_check(self, check: str) -> "ApiClient":
        """Return a client with the same settings for another check."""
        return ApiClient(self.transport, self.prefix, check, self.attempt, self.effort)
