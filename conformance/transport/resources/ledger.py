"""The ledger of a run: which resources it creates at the target, and which are proven to be its own.

A resource is deleted only after a get has returned a unique name of the create request under its id. A create
whose response is missing or unusable leaves only an intent; its resource is found by its unique name.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from conformance.transport.resources.ledger_file import LedgerFile
from conformance.transport.resources.live_limit import LiveResourceLimit
from conformance.transport.resources.ownership import Leftover
from conformance.transport.resources.resource_records import ResourceRecord, ResourceRecords


class Ledger:
    """The resources that the run has created or may have created in some collections of the target."""

    def __init__(
        self, path: Path, collections: Collection[str], live_limit: LiveResourceLimit | None = None
    ) -> None:
        self.live_limit = live_limit or LiveResourceLimit(None)
        self.file = LedgerFile(path)
        self.records = ResourceRecords(self.file, collections, self.live_limit)
        self.searched_collections: set[str] = set()  # collections that were searched during the run

    @property
    def leftovers(self) -> tuple[Leftover, ...]:
        """Return the resources that were created and not deleted, oldest first."""
        with self.records.lock:
            return tuple(resource.leftover for resource in self.records.live.values())

    @property
    def foreign_ids(self) -> int:
        """Return the number of creates whose response contained the id of another resource."""
        return len(self.records.foreign)

    @property
    def unidentifiable_creates(self) -> int:
        """Return the number of creates without a unique name that may have left a resource."""
        return self.records.unidentifiable_creates

    @property
    def unconfirmed(self) -> tuple[Leftover, ...]:
        """Return the resources that may exist under an unknown id and can be found by their unique name."""
        with self.records.lock:
            return tuple(
                create.leftover for create in self.records.unconfirmed.values() if create.leftover.searchable
            )

    @property
    def searchable_now(self) -> tuple[Leftover, ...]:
        """Return the unconfirmed resources that can be searched for during the run."""
        now = datetime.now(UTC)
        with self.records.lock:
            return tuple(
                create.leftover
                for create in self.records.unconfirmed.values()
                if create.leftover.searchable
                and not (create.under_way or create.unlisted)
                and (create.search_again is None or create.search_again <= now)
            )

    @property
    def unfindable(self) -> tuple[Leftover, ...]:
        """Return the resources that are known to exist, but have neither a known id nor a unique name."""
        with self.records.lock:
            return tuple(
                create.leftover
                for create in self.records.unconfirmed.values()
                if create.succeeded and not create.leftover.searchable
            )

    @property
    def failed_deletes(self) -> tuple[Leftover, ...]:
        """Return the resources that no check needs any more, but whose delete failed."""
        with self.records.lock:
            live = self.records.live
            return tuple(live[key].leftover for key in self.records.failed_deletes if key in live)

    @property
    def doubtful_deletes(self) -> tuple[Leftover, ...]:
        """Return the deleted resources of the collections in which a get has returned a deleted one."""
        with self.records.lock:
            return tuple(
                resource.leftover
                for key, resource in self.records.deleted.items()
                if key[0] in self.records.ineffective_deletes
            )

    @property
    def unconfirmed_deletes(self) -> tuple[Leftover, ...]:
        """Return the resources whose delete had a response, but which are not known to be gone."""
        with self.records.lock:
            return tuple(resource.leftover for resource in self.records.live.values() if resource.deleted)

    def leftovers_of(self, check: str) -> tuple[Leftover, ...]:
        """Return the resources that a check created and did not delete."""
        return tuple(leftover for leftover in self.leftovers if leftover.check == check)

    def contains(self, collection: str, identifier: str) -> bool:
        """Return whether the id belongs to a resource that was created and not deleted."""
        with self.records.lock:
            return (collection, identifier) in self.records.live

    def owns(self, collection: str, identifier: str) -> bool:
        """Return whether a resource is proven to be created by the run, so that it may be deleted."""
        with self.records.lock:
            resource = self.records.live.get((collection, identifier))
            return resource is not None and resource.owned

    def add_from_earlier_run(self, leftover: Leftover) -> None:
        """Add a resource from the ledger of an earlier process; its ownership has to be proven first."""
        with self.records.lock:
            number = self.records.next_intent()
            key = leftover.collection, leftover.id
            self.records.live[key] = ResourceRecord(number, leftover, named=False)

    def confirm_ownership(self, leftover: Leftover) -> None:
        """Note that a list contains the whole name of a resource under its id."""
        with self.records.lock:
            self.records.live[leftover.collection, leftover.id].owned = True

    def require_new_proof(self, leftover: Leftover) -> None:
        """Require another proof of ownership before a resource is deleted."""
        with self.records.lock:
            resource = self.records.live.get((leftover.collection, leftover.id))
            if resource is not None:
                resource.owned = False

    def stop_recording(self) -> None:
        """Forget all creates and record no more: what the target returns for them does not exist."""
        with self.records.lock:
            self.records.clear()
            self.file.write(cleared=True, by="preflight")

    def note_prompt_list(self, collection: str) -> None:
        """Note that the list of a collection contains a resource as soon as it is created."""
        with self.records.lock:
            self.records.prompt_lists.add(collection)
