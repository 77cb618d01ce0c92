"""Errors that are said in another way, where the documentation leaves one."""

import json
from dataclasses import replace
from typing import Any

from reference.api.behavior import Rules
from reference.api.body_parsing import Unreadable
from reference.api.error_envelopes import Problem
from reference.api.messages import Answer, Operation, Rejected, Request, Resource
from reference.api.store import Record
from reference.api.validation import Invalid
from reference.variants.variant import variant

_REFUSAL = "AMB-04: 400 and 422 are both accepted as the refusal of what breaks a limit."
_MALFORMED_ID = "AMB-14: 400, 404 and 422 are all declared, and none is tied to a malformed id."
_NAME = "AMB-08: 400, 409 and 422 are all accepted as the refusal of a name in use."
_ITEM = "AMB-34: only the types of the members of an error item are stated."
_UUID_LENGTH = 36


@variant("refusals-400", permitted=_REFUSAL)
class Refusals400(Rules):
    """What breaks a rule is answered with 400."""

    def refused(self, request: Request, problems: list[Problem]) -> Answer:
        return self.bad_request(request)


@variant("malformed-json-422", permitted="AMB-11: 400 and 422 are both accepted for a body that is no JSON.")
class MalformedJson422(Rules):
    """A body that cannot be read is answered with 422."""

    def bad_request(self, request: Request) -> Answer:
        return Rules.refused(self, request, [Problem("not_a_valid_json", "The body cannot be read")])


@variant("malformed-id-400", permitted=_MALFORMED_ID)
class MalformedId400(Rules):
    """An id that is no uuid is answered with 400."""

    def found(self, request: Request) -> Record:
        if len(request.id) != _UUID_LENGTH and request.operation.resource is Resource.CONFERENCE:
            raise Rejected(self.bad_request(request))
        return super().found(request)


@variant("malformed-id-422", permitted=_MALFORMED_ID)
class MalformedId422(Rules):
    """An id that is no uuid is answered with 422."""

    def found(self, request: Request) -> Record:
        if len(request.id) != _UUID_LENGTH and request.operation is Operation.GET_CONFERENCE:
            raise Rejected(self.refused(request, [Problem("invalid_parameter", "Is no UUID", "id")]))
        return super().found(request)


@variant("name-in-use-409", permitted=_NAME)
class NameInUse409(Rules):
    """A name in use is answered with 409 and the envelope of a 422."""

    def create(self, request: Request) -> Answer:
        try:
            return super().create(request)
        except Invalid as invalid:
            if invalid.problems != [self.name_problem()]:
                raise
            return replace(self.refused(request, invalid.problems), status=409)


@variant("name-in-use-400", permitted=_NAME)
class NameInUse400(Rules):
    """A name in use is answered with 400."""

    def create(self, request: Request) -> Answer:
        try:
            return super().create(request)
        except Invalid as invalid:
            if invalid.problems != [self.name_problem()]:
                raise
            return self.bad_request(request)


@variant("other-messages", permitted="The message of an error is free text.")
class OtherMessages(Rules):
    """Errors are explained in other words, quoting the limits in another language."""

    def item(self, problem: Problem) -> dict[str, Any]:
        return {**super().item(problem), "message": f"Ungültig: {problem.message.lower()}!"}


@variant("other-codes", permitted="AMB-32: any code is accepted.")
class OtherCodes(Rules):
    """The code of each error is one that the published list lacks."""

    def item(self, problem: Problem) -> dict[str, Any]:
        return {**super().item(problem), "code": "invalid_parameter_value"}


@variant("other-urls", permitted=_ITEM)
class OtherUrls(Rules):
    """The url of an error points at its code, without a host."""

    def item(self, problem: Problem) -> dict[str, Any]:
        return {**super().item(problem), "url": f"/docs/errors#{problem.code}"}


@variant("attribute-missing", permitted="AMB-34: attribute is optional.")
class AttributeMissing(Rules):
    """Errors do not name the member at fault."""

    def item(self, problem: Problem) -> dict[str, Any]:
        return {name: value for name, value in super().item(problem).items() if name != "attribute"}


@variant("attribute-null", permitted="AMB-34: attribute may be null.")
class AttributeNull(Rules):
    """Errors have null for the member at fault."""

    def item(self, problem: Problem) -> dict[str, Any]:
        return {**super().item(problem), "attribute": None}


@variant("errors-with-more-members", permitted="AMB-33: extra members of an error are only reported.")
class ErrorsWithMoreMembers(Rules):
    """Errors have a number to ask about."""

    def error(self, text: str) -> dict[str, Any]:
        return {**super().error(text), "request_id": "9f2c"}

    def refused(self, request: Request, problems: list[Problem]) -> Answer:
        answer = super().refused(request, problems)
        return replace(answer, body={**answer.body, "statusCode": answer.status, "request_id": "9f2c"})


@variant("not-found-in-small-letters", permitted="AMB-33: another text in a 404 is only reported.")
class NotFoundInSmallLetters(Rules):
    """A 404 says so in small letters."""

    def not_found(self, request: Request) -> Answer:
        return replace(super().not_found(request), body=self.error("not found"))


@variant("no-challenge", permitted="AMB-50: no source mentions WWW-Authenticate.")
class NoChallenge(Rules):
    """A 401 does not say how to get in."""

    def unauthorized(self, request: Request) -> Answer:
        return replace(super().unauthorized(request), headers={})


@variant("malformed-credentials-400", permitted="AMB-54: a malformed header may be refused with 400.")
class MalformedCredentials400(Rules):
    """Credentials that cannot be decoded, or are empty, are answered with 400."""

    def unauthorized(self, request: Request) -> Answer:
        word, _, encoded = self.authorization(request).partition(" ")
        if self.is_basic(word) and self.decoded(encoded) in {None, (b"", b"")}:
            return self.bad_request(request)
        return super().unauthorized(request)


@variant("other-media-types-415", permitted="AMB-57: 400, 415 and 422 are accepted for other media types.")
class OtherMediaTypes415(Rules):
    """A body of another media type is answered with 415."""

    def create(self, request: Request) -> Answer:
        if request.body and not self.readable(request.headers.get("content-type", "")):
            return Answer(415, self.error("Unsupported Media Type"))
        return super().create(request)


@variant("other-media-types-read", permitted="AMB-57: a success with another media type is only reported.")
class OtherMediaTypesRead(Rules):
    """A body is read as JSON whatever it is said to be."""

    def readable(self, content_type: str) -> bool:
        return True


@variant("depth-limited", permitted="JSON allows limits on the depth of nesting.")
class DepthLimited(Rules):
    """A body may be nested 32 deep."""

    deepest = 32


@variant("duplicate-members-refused", permitted="What becomes of a member that is there twice is not stated.")
class DuplicateMembersRefused(Rules):
    """A body with one member twice is answered with 400."""

    def parsed(self, text: str) -> Any:
        json.loads(text, object_pairs_hook=_unique)
        return super().parsed(text)


def _unique(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise Unreadable
