"""Variants in error responses."""

import json
from dataclasses import replace
from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.body_parsing import UnreadableBodyError
from reference.api.error_envelopes import Problem
from reference.api.messages import EarlyResponse, Resource, ServerOperation, ServerRequest, ServerResponse
from reference.api.store import Record
from reference.api.validation import InvalidRequestError
from reference.variants.variant import variant

_REJECTION = "AMB-04: 400 and 422 are both accepted for invalid values."
_MALFORMED_ID = "AMB-14: 400, 404 and 422 are declared, and none is specified for a malformed id."
_NAME = "AMB-08: 400, 409 and 422 are accepted for a name in use."
_ITEM = "AMB-34: only the types of the members of an error item are specified."
_UUID_LENGTH = 36
_MAX_BODY = 65_536  # bytes
_MAX_ID = 200
_TYPE_CODES = {"not_a_string", "not_a_boolean", "not_a_hash"}


@variant("rejections-400", permitted=_REJECTION)
class Rejections400(ServerBehavior):
    """Returns 400 instead of 422 for invalid values."""

    def unprocessable_content(self, request: ServerRequest, problems: list[Problem]) -> ServerResponse:
        return self.bad_request(request)


@variant(
    "malformed-json-422", permitted="AMB-11: 400 and 422 are both accepted for a body that is not valid JSON."
)
class MalformedJsonIs422(ServerBehavior):
    """Returns 422 instead of 400 for a body that is not valid JSON."""

    def bad_request(self, request: ServerRequest) -> ServerResponse:
        return ServerBehavior.unprocessable_content(
            self, request, [Problem("not_a_valid_json", "The body cannot be parsed")]
        )


@variant("malformed-id-400", permitted=_MALFORMED_ID)
class MalformedId400(ServerBehavior):
    """Returns 400 for a conference id that is not a UUID."""

    def require_record(self, request: ServerRequest) -> Record:
        if len(request.id) != _UUID_LENGTH and request.operation.resource is Resource.CONFERENCE:
            raise EarlyResponse(self.bad_request(request))
        return super().require_record(request)


@variant("malformed-id-422", permitted=_MALFORMED_ID)
class MalformedId422(ServerBehavior):
    """Returns 422 for a get of an id that is not a UUID."""

    def require_record(self, request: ServerRequest) -> Record:
        if len(request.id) != _UUID_LENGTH and request.operation is ServerOperation.GET_CONFERENCE:
            raise EarlyResponse(
                self.unprocessable_content(request, [Problem("invalid_parameter", "Is not a UUID", "id")])
            )
        return super().require_record(request)


@variant("name-in-use-409", permitted=_NAME)
class NameInUse409(ServerBehavior):
    """Returns 409 with the body of a 422 response for a name in use."""

    def create(self, request: ServerRequest) -> ServerResponse:
        try:
            return super().create(request)
        except InvalidRequestError as invalid:
            if invalid.problems != [self.name_in_use_problem()]:
                raise
            return replace(self.unprocessable_content(request, invalid.problems), status=409)


@variant("name-in-use-400", permitted=_NAME)
class NameInUse400(ServerBehavior):
    """Returns 400 for a name in use."""

    def create(self, request: ServerRequest) -> ServerResponse:
        try:
            return super().create(request)
        except InvalidRequestError as invalid:
            if invalid.problems != [self.name_in_use_problem()]:
                raise
            return self.bad_request(request)


@variant("other-messages", permitted="The message of an error is free text.")
class OtherMessages(ServerBehavior):
    """Returns error messages in another language."""

    def error_item(self, problem: Problem) -> dict[str, Any]:
        return {**super().error_item(problem), "message": f"Ungültig: {problem.message.lower()}!"}


@variant("other-codes", permitted="AMB-32: any code is accepted.")
class OtherCodes(ServerBehavior):
    """Returns an error code that is not in the published list."""

    def error_item(self, problem: Problem) -> dict[str, Any]:
        return {**super().error_item(problem), "code": "invalid_parameter_value"}


@variant("other-urls", permitted=_ITEM)
class OtherUrls(ServerBehavior):
    """Returns relative URLs in error items."""

    def error_item(self, problem: Problem) -> dict[str, Any]:
        return {**super().error_item(problem), "url": f"/docs/errors#{problem.code}"}


@variant("attribute-missing", permitted="AMB-34: attribute is optional.")
class AttributeMissing(ServerBehavior):
    """Omits attribute from error items."""

    def error_item(self, problem: Problem) -> dict[str, Any]:
        return {name: value for name, value in super().error_item(problem).items() if name != "attribute"}


@variant("attribute-null", permitted="AMB-34: attribute may be null.")
class AttributeNull(ServerBehavior):
    """Returns null for attribute in error items."""

    def error_item(self, problem: Problem) -> dict[str, Any]:
        return {**super().error_item(problem), "attribute": None}


@variant("errors-with-more-members", permitted="AMB-33: extra members of an error are only reported.")
class ErrorsWithMoreMembers(ServerBehavior):
    """Returns extra members in error bodies."""

    def error_body(self, text: str) -> dict[str, Any]:
        return {**super().error_body(text), "request_id": "9f2c"}

    def unprocessable_content(self, request: ServerRequest, problems: list[Problem]) -> ServerResponse:
        response = super().unprocessable_content(request, problems)
        return replace(response, body={**response.body, "statusCode": response.status, "request_id": "9f2c"})


@variant(
    "not-found-in-lowercase", permitted="AMB-33: another error string in a 404 response is only reported."
)
class NotFoundInLowercase(ServerBehavior):
    """Returns 404 with the error string in lowercase."""

    def not_found(self, request: ServerRequest) -> ServerResponse:
        return replace(super().not_found(request), body=self.error_body("not found"))


@variant("no-challenge", permitted="AMB-50: the documentation does not mention WWW-Authenticate.")
class NoChallenge(ServerBehavior):
    """Omits the WWW-Authenticate header from 401 responses."""

    def unauthorized(self, request: ServerRequest) -> ServerResponse:
        return replace(super().unauthorized(request), headers={})


@variant("malformed-credentials-400", permitted="AMB-54: a malformed header may be rejected with 400.")
class MalformedCredentials400(ServerBehavior):
    """Returns 400 for credentials that are empty or cannot be decoded."""

    def unauthorized(self, request: ServerRequest) -> ServerResponse:
        scheme, _, encoded = self.authorization_header(request).partition(" ")
        if self.is_basic_scheme(scheme) and self.decode_credentials(encoded) in {None, (b"", b"")}:
            return self.bad_request(request)
        return super().unauthorized(request)


@variant("other-media-types-415", permitted="AMB-57: 400, 415 and 422 are accepted for other media types.")
class OtherMediaTypes415(ServerBehavior):
    """Returns 415 for a body with another media type."""

    def create(self, request: ServerRequest) -> ServerResponse:
        if request.body and not self.accepts_media_type(request.headers.get("content-type", "")):
            return ServerResponse(415, self.error_body("Unsupported Media Type"))
        return super().create(request)


@variant("other-media-types-read", permitted="AMB-57: a success with another media type is only reported.")
class OtherMediaTypesRead(ServerBehavior):
    """Parses a body as JSON regardless of its media type."""

    def accepts_media_type(self, content_type: str) -> bool:
        return True


@variant("depth-limited", permitted="JSON permits limits on the depth of nesting.")
class DepthLimited(ServerBehavior):
    """Rejects a body that is nested more than 32 levels deep."""

    max_depth = 32


@variant("duplicate-members-rejected", permitted="The documentation does not specify duplicate members.")
class DuplicateMembersRejected(ServerBehavior):
    """Returns 400 for a body with a duplicate member."""

    def parse_json(self, text: str) -> Any:
        json.loads(text, object_pairs_hook=_unique)
        return super().parse_json(text)


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise UnreadableBodyError


@variant("first-error-only", permitted="The errors array may contain several errors.")
class FirstErrorOnly(ServerBehavior):
    """Reports only the first of several errors."""

    def reported_problems(self, problems: list[Problem]) -> list[Problem]:
        return super().reported_problems(problems)[:1]


@variant("types-checked-first", permitted="The documentation does not specify the order of validation.")
class TypesCheckedFirst(ServerBehavior):
    """Reports values of a wrong type alone, and other invalid values only if there are none."""

    def reported_problems(self, problems: list[Problem]) -> list[Problem]:
        reported = super().reported_problems(problems)
        return [problem for problem in reported if problem.code in _TYPE_CODES] or reported


@variant("large-requests-413-414", permitted="HTTP has statuses for a request that is too large.")
class LargeRequests413And414(ServerBehavior):
    """Returns 413 for a body of more than 64 KiB and 414 for an id of more than 200 characters."""

    def create(self, request: ServerRequest) -> ServerResponse:
        if len(request.body or b"") > _MAX_BODY:
            return ServerResponse(413, self.error_body("Content Too Large"))
        return super().create(request)

    def require_record(self, request: ServerRequest) -> Record:
        if len(request.id) > _MAX_ID:
            raise EarlyResponse(ServerResponse(414, self.error_body("URI Too Long")))
        return super().require_record(request)
