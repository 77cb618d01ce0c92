"""API client of the checks: the collections of the API, with one method per operation."""

from functools import cached_property

from conformance.testkit.request_sender import RequestSender
from conformance.testkit.resource_client import ResourceClient


class ApiClient(RequestSender):
    """Client of the API for one check."""

    @cached_property
    def video(self) -> ResourceClient:
        """Return the collection of video conferences."""
        return ResourceClient(self, "VC")

    @cached_property
    def fabric(self) -> ResourceClient:
        """Return the collection of Fabric conference rooms."""
        return ResourceClient(self, "FCR")

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
