"""Variants in the comparison of names and ids."""

from reference.api.behavior import ServerBehavior
from reference.api.messages import Resource, ServerRequest
from reference.api.store import Record
from reference.variants.variant import variant


@variant("names-without-letter-case", permitted="AMB-08: the case of names is not specified.")
class NamesCaseInsensitive(ServerBehavior):
    """Compares names without regard to case."""

    def name_key(self, name: str) -> str:
        return name.lower()


@variant("names-never-free-again", permitted="AMB-08: the reuse of a name is not specified.")
class NamesNeverFree(ServerBehavior):
    """Keeps the name of a deleted conference in use."""

    def delete_record(self, request: ServerRequest, record: Record) -> None:
        super().delete_record(request, record)
        if record.name_key:
            self.store.names[record.name_key] = record.id


@variant("ids-with-letter-case", permitted="AMB-14: access by an uppercase UUID is only reported.")
class IdsCaseSensitive(ServerBehavior):
    """Returns 404 for an id in uppercase."""

    def lookup(self, resource: Resource, id_: str) -> Record | None:
        return self.store.find(resource, id_)


@variant("found-by-name", permitted="AMB-14: access by name is only reported.")
class FoundByName(ServerBehavior):
    """Finds a conference by its name as well."""

    def lookup(self, resource: Resource, id_: str) -> Record | None:
        found_id = self.store.names.get(id_, id_) if resource is Resource.CONFERENCE else id_
        return super().lookup(resource, found_id)


@variant("project-in-either-case", permitted="UUIDs are case-insensitive.")
class ProjectInEitherCase(ServerBehavior):
    """Accepts the project id in uppercase."""

    def accepts_credentials(self, username: bytes, password: bytes) -> bool:
        return super().accepts_credentials(username.lower(), password)
