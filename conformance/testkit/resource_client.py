"""Operations on one collection: conferences, or conference rooms."""

import json
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from conformance.http.credentials import VALID, Credential
from conformance.http.exchange import Exchange, Headers, Request
from conformance.results.verdict import Inconclusive
from conformance.testkit import request_bodies
from conformance.testkit.request_sender import RequestSender
from spec.capabilities import Capability
from spec.operations import operation
from spec.validation import validation_errors
from strategies import boundary_values

JSON_HEADERS: Final[Headers] = (("content-type", "application/json"),)
(SESSION_PARAMETER,) = operation("VC-GET").boolean_parameters
WITH_SESSION: Final[Mapping[str, str]] = {SESSION_PARAMETER: "true"}  # query of a get, or of a list
_NAME_MEMBERS: Final = ("name", "display_name")  # the members by which a leftover resource can be traced


@dataclass(frozen=True)
class RoundTrip:
    """A create and, if it succeeded, a get of the new resource before its deletion."""

    created: Exchange
    read: Exchange | None = None


@dataclass(frozen=True)
class ResourceClient:
    """The operations on one collection: conferences or conference rooms."""

    api: RequestSender
    prefix: str

    @property
    def create_id(self) -> str:
        """Return the id of the create operation."""
        return f"{self.prefix}-CREATE"

    def minimal(self, **members: Any) -> dict[str, Any]:
        """Return a body with the required members and those passed; the first string is a unique name."""
        required = request_bodies.minimal(self.create_id)
        label = next(member for member, value in required.items() if isinstance(value, str))
        return self.with_traceable_name({**required, label: self.api.fresh_name(), **members})

    def with_traceable_name(self, body: Mapping[str, Any], *, omitted: str | None = None) -> dict[str, Any]:
        """Return a body by whose name or display_name the resource can be found; present values stay.

        If both are present or omitted on purpose, and neither contains a unique name, the body stays
        unchanged: its resource cannot be found, and is never deleted.
        """
        absent = [member for member in _NAME_MEMBERS if member not in body and member != omitted]
        if absent and not any(self.api.contains_run_name(body.get(member)) for member in _NAME_MEMBERS):
            return {**body, absent[0]: self.api.fresh_name()}
        return dict(body)

    def with_invalid_member(self, body: Mapping[str, Any], member: str, *value: Any) -> dict[str, Any]:
        """Return a traceable body with exactly this value of a member, or without it for no value."""
        valid = {name: member_value for name, member_value in body.items() if name != member}
        invalid = {member: value[0]} if value else {}
        return self.with_traceable_name({**self.with_run_name(valid), **invalid}, omitted=member)

    def without_required_member(self) -> dict[str, Any]:
        """Return a traceable body that lacks a required member."""
        *_, last = (operation(self.create_id).request or {})["required"]
        return self.with_invalid_member({}, last)

    def with_run_name(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a body with unique values, whose name or display_name contains a unique name of the run."""
        unique = self.with_unique_values(body)
        title = unique.get("display_name")
        if not isinstance(title, str) or any(map(self.api.contains_run_name, (unique.get("name"), title))):
            return unique
        max_length = (operation(self.create_id).request or {})["properties"]["display_name"]["maxLength"]
        return {**unique, "display_name": self.api.insert_unique_name(title, max_length)}

    def full(self, variation: int = 0, **members: Any) -> dict[str, Any]:
        """Return a body with every member, replaced by those passed; each variation has other values."""
        rows = request_bodies.boundary_bodies(self.create_id, boundary_values.full_objects)
        return {**self.with_unique_values(rows[variation % len(rows)]), **members}

    def with_unique_values(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a body whose members that have to be unique are."""
        properties = (operation(self.create_id).request or {})["properties"]
        return {member: self.api.make_unique(value, properties[member]) for member, value in body.items()}

    def as_traceable(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return any body, valid or not, with unique values of its valid members, and traceable.

        Only an optional name is added: a body without a required member still lacks it.
        """
        schema = operation(self.create_id).request or {}
        properties = schema["properties"]
        documented = {member: value for member, value in body.items() if member in properties}
        valid = {
            name: value
            for name, value in documented.items()
            if not validation_errors(properties[name], value)
        }
        required = next(member for member in _NAME_MEMBERS if member in schema["required"])
        return self.with_traceable_name({**body, **self.with_run_name(valid)}, omitted=required)

    def create(
        self,
        body: Any = b"",
        *,
        credential: Credential = VALID,
        headers: Headers = JSON_HEADERS,
        query: Mapping[str, str] | None = None,
        assessed: bool = True,
    ) -> Exchange:
        """Send a create with any body: bytes unchanged, any other value as JSON."""
        request = Request("POST", self._collection_path(query), headers, encode_body(body), credential)
        return self.api.send(self.create_id, request, assessed=assessed)

    def get(
        self,
        identifier: str,
        *,
        credential: Credential = VALID,
        query: Mapping[str, str] | None = None,
        assessed: bool = True,
    ) -> Exchange:
        """Get a resource by its id, which may be any string."""
        request = Request("GET", self._resource_path(identifier, query), (), b"", credential)
        return self.api.send(f"{self.prefix}-GET", request, assessed=assessed)

    def delete(self, identifier: str, *, credential: Credential = VALID, assessed: bool = True) -> Exchange:
        """Delete a resource that the run owns; inconclusive if no get has shown that it does."""
        request = Request("DELETE", self._resource_path(identifier), (), b"", credential)
        return self.api.send(f"{self.prefix}-DELETE", request, assessed=assessed)

    def owns(self, identifier: str) -> bool:
        """Return whether the run owns the resource with an id; send a get if none has shown it yet."""
        ledger, path = self.api.transport.ledger, self._collection_path()
        if ledger.contains(path, identifier) and not ledger.owns(path, identifier):
            self.get(identifier, assessed=False)
        return ledger.owns(path, identifier)

    def delete_if_owned(self, identifier: str, *, assessed: bool = True) -> Exchange | None:
        """Delete a resource if the target can delete and the run owns it; return None otherwise."""
        can_delete = self.api.has(Capability.DELETE) and self.owns(identifier)
        return self.delete(identifier, assessed=assessed) if can_delete else None

    def list_first_page(
        self, query: Mapping[str, str] | None = None, *, credential: Credential = VALID
    ) -> Exchange:
        """List the first page of resources."""
        request = Request("GET", self._collection_path(query), (), b"", credential)
        return self.api.send(f"{self.prefix}-LIST", request, assessed=False)

    def list_page(self, query: str) -> Exchange:
        """List the page with a query string that the target returned."""
        request = Request("GET", self._collection_path() + (f"?{query}" if query else ""))
        return self.api.send(f"{self.prefix}-LIST", request, assessed=False)

    def create_read_delete(self, body: Any, *, read: bool = True, **request_options: Any) -> RoundTrip:
        """Create a resource and, if that succeeds, get and delete it."""
        created = self.create(body, **request_options)
        if created.id is None:
            return RoundTrip(created)
        try:
            return RoundTrip(created, self.get(created.id) if read else None)
        finally:
            self.delete_if_owned(created.id)

    def create_read_delete_each(self, bodies: Iterable[Any], *, read: bool = True) -> list[RoundTrip]:
        """Create, get and delete a resource for each of several bodies, several at a time."""
        return self.api.map_concurrently(lambda body: self.create_read_delete(body, read=read), bodies)

    def create_each(self, bodies: Iterable[Any]) -> list[Exchange]:
        """Create from several independent bodies; the ledger holds the resources that result."""
        return self.api.map_concurrently(self.create, bodies)

    @contextmanager
    def existing(self, **members: Any) -> Iterator[Exchange]:
        """Create a resource, yield the create and delete it; inconclusive if the create is rejected."""
        created = self.create(self.minimal(**members))
        if created.id is None:
            raise Inconclusive(
                "not-created", "the target did not create the resource that this check needs", created
            )
        try:
            yield created
        finally:
            self.delete_if_owned(created.id)

    def _collection_path(self, query: Mapping[str, str] | None = None) -> str:
        path = self.api.transport.target.target_path(operation(self.create_id).path)
        return path + (f"?{urllib.parse.urlencode(query)}" if query else "")

    def _resource_path(self, identifier: str, query: Mapping[str, str] | None = None) -> str:
        quoted = urllib.parse.quote(identifier, safe="", errors="surrogatepass")
        path = f"{self._collection_path()}/{quoted}"
        return path + (f"?{urllib.parse.urlencode(query)}" if query else "")


def encode_body(body: Any) -> bytes:
    """Return bytes unchanged and any other value as JSON in UTF-8."""
    if isinstance(body, bytes):
        return body
    return json.dumps(body, ensure_ascii=False).encode(errors="surrogatepass")
