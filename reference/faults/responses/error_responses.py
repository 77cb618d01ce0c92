"""Faults in error responses."""

from dataclasses import replace
from typing import Any

from reference.api.behavior import ServerBehavior
from reference.api.error_envelopes import Problem
from reference.api.messages import ServerOperation, ServerRequest, ServerResponse
from reference.faults.fault import fault, should_fault


@fault("400-with-other-error", breaks="API-ERR-400-ENVELOPE")
class BadRequestWords(ServerBehavior):
    """Returns 400 with an undocumented error string."""

    def bad_request(self, request: ServerRequest) -> ServerResponse:
        return ServerResponse(400, self.error_body("Malformed JSON"))


@fault("400-as-message", breaks="API-ERR-400-ENVELOPE")
class BadRequestMessage(ServerBehavior):
    """Returns 400 with the member message instead of error."""

    def bad_request(self, request: ServerRequest) -> ServerResponse:
        return ServerResponse(400, {"message": "Bad Request"})


@fault("400-without-body", breaks="API-ERR-400-ENVELOPE")
class BadRequestWithoutBody(ServerBehavior):
    """Returns 400 without a body."""

    def bad_request(self, request: ServerRequest) -> ServerResponse:
        return ServerResponse(400)


@fault("400-says-internal-error", breaks=("API-ERR-400-ENVELOPE", "API-ERR-STATUS-MATCHES-ENVELOPE"))
class BadRequestSaysInternal(ServerBehavior):
    """Returns 400 with the error string of a 500 response."""

    def bad_request(self, request: ServerRequest) -> ServerResponse:
        return ServerResponse(400, self.error_body("Internal Server Error"))


@fault("400-as-text", breaks="API-ERR-JSON")
class BadRequestAsText(ServerBehavior):
    """Returns 400 with the media type text/plain."""

    def bad_request(self, request: ServerRequest) -> ServerResponse:
        return replace(super().bad_request(request), media_type="text/plain")


@fault("404-without-envelope", breaks=("API-ERR-404-ENVELOPE", "VC-GET-UNKNOWN-ID-ENVELOPE"))
class NotFoundWithoutEnvelope(ServerBehavior):
    """Returns 404 without a body."""

    def not_found(self, request: ServerRequest) -> ServerResponse:
        return ServerResponse(404)


@fault("404-as-errors", breaks=("API-ERR-404-ENVELOPE", "VC-GET-UNKNOWN-ID-ENVELOPE"))
class NotFoundAsErrors(ServerBehavior):
    """Returns 404 with the body of a 422 response."""

    def not_found(self, request: ServerRequest) -> ServerResponse:
        return replace(
            self.unprocessable_content(request, [Problem("does_not_exist", "Does not exist", "id")]),
            status=404,
        )


@fault("404-as-page", breaks="API-ERR-JSON")
class NotFoundAsPage(ServerBehavior):
    """Returns 404 with the media type text/html."""

    def not_found(self, request: ServerRequest) -> ServerResponse:
        return replace(super().not_found(request), media_type="text/html; charset=utf-8")


class _ModifiedItem(ServerBehavior):
    """Base of faults that change the items of a 422 response."""

    def error_item(self, problem: Problem) -> dict[str, Any]:
        return self.modify_item(super().error_item(problem))

    def modify_item(self, item: dict[str, Any]) -> dict[str, Any]:
        return item


@fault("422-item-without-type", breaks="API-ERR-422-ITEM-TYPE")
class ItemWithoutType(_ModifiedItem):
    """Omits type from an error item."""

    def modify_item(self, item: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in item.items() if name != "type"}


@fault("422-item-without-code", breaks="API-ERR-422-ITEM-CODE")
class ItemWithoutCode(_ModifiedItem):
    """Omits code from an error item."""

    def modify_item(self, item: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in item.items() if name != "code"}


@fault("422-item-without-message", breaks="API-ERR-422-ITEM-MESSAGE")
class ItemWithoutMessage(_ModifiedItem):
    """Omits message from an error item."""

    def modify_item(self, item: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in item.items() if name != "message"}


@fault("422-item-without-url", breaks="API-ERR-422-ITEM-URL")
class ItemWithoutUrl(_ModifiedItem):
    """Omits url from an error item."""

    def modify_item(self, item: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in item.items() if name != "url"}


@fault("422-item-url-null", breaks="API-ERR-422-ITEM-URL")
class ItemUrlNull(_ModifiedItem):
    """Returns null for the url of an error item."""

    def modify_item(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "url": None}


@fault("422-item-code-a-number", breaks="API-ERR-422-ITEM-CODE")
class ItemCodeANumber(_ModifiedItem):
    """Returns a number for the code of an error item."""

    def modify_item(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "code": 1004}


@fault("422-item-message-a-list", breaks="API-ERR-422-ITEM-MESSAGE")
class ItemMessageAList(_ModifiedItem):
    """Returns an array for the message of an error item."""

    def modify_item(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "message": [item["message"]]}


@fault("422-item-attribute-a-list", breaks="API-ERR-422-ITEM-ATTRIBUTE-TYPE")
class ItemAttributeAList(_ModifiedItem):
    """Returns an array for the attribute of an error item."""

    def modify_item(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "attribute": [item["attribute"]]}


@fault("422-attribute-of-the-first-member", breaks="API-ERR-422-ATTRIBUTE-NAMES-FIELD")
class AttributeFirst(_ModifiedItem):
    """Returns display_name as the attribute of every error item."""

    def modify_item(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "attribute": "display_name"}


@fault("422-attribute-first-word", breaks="API-ERR-422-ATTRIBUTE-NAMES-FIELD")
class AttributeFirstWord(_ModifiedItem):
    """Returns only the first word of the member name as the attribute of an error item."""

    def modify_item(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "attribute": str(item["attribute"]).partition("_")[0]}


@fault("422-attribute-in-camel-case", breaks="API-ERR-422-ATTRIBUTE-NAMES-FIELD")
class AttributeCamelCase(_ModifiedItem):
    """Returns the attribute of an error item in camel case."""

    def modify_item(self, item: dict[str, Any]) -> dict[str, Any]:
        first, *rest = str(item["attribute"]).split("_")
        return {**item, "attribute": first + "".join(word.capitalize() for word in rest)}


@fault("422-attribute-of-the-neighbour", breaks="API-ERR-422-ATTRIBUTE-NAMES-FIELD")
class AttributeOfOtherTheme(_ModifiedItem):
    """Reports an invalid color of the light theme as one of the dark theme."""

    def modify_item(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "attribute": str(item["attribute"]).replace("light_", "dark_")}


@fault("422-attribute-of-rooms-is-name", breaks="API-ERR-422-ATTRIBUTE-NAMES-FIELD")
class AttributeOfRooms(ServerBehavior):
    """Returns name as the attribute of every error item of a room."""

    def unprocessable_content(self, request: ServerRequest, problems: list[Problem]) -> ServerResponse:
        if request.operation is ServerOperation.CREATE_ROOM:
            problems = [replace(problem, attribute="name") for problem in problems]
        return super().unprocessable_content(request, problems)


@fault("422-attribute-of-a-name-in-use", breaks="API-ERR-422-ATTRIBUTE-NAMES-FIELD")
class AttributeOfANameInUse(ServerBehavior):
    """Reports a name in use with the attribute display_name."""

    def name_in_use_problem(self) -> Problem:
        return replace(super().name_in_use_problem(), attribute="display_name")


@fault("422-by-member", breaks="API-ERR-422-ENVELOPE")
class ByMember(ServerBehavior):
    """Returns the errors of a 422 response as an object of arrays, as Rails does."""

    def unprocessable_content(self, request: ServerRequest, problems: list[Problem]) -> ServerResponse:
        texts = {str(problem.attribute): [problem.message] for problem in problems}
        return ServerResponse(422, {"errors": texts})


@fault("422-as-detail", breaks="API-ERR-422-ENVELOPE")
class AsDetail(ServerBehavior):
    """Returns the errors of a 422 response in the member detail, as FastAPI does."""

    def unprocessable_content(self, request: ServerRequest, problems: list[Problem]) -> ServerResponse:
        return ServerResponse(
            422, {"detail": [{"loc": ["body", p.attribute], "msg": p.message} for p in problems]}
        )


@fault("422-as-error", breaks="API-ERR-422-ENVELOPE")
class AsError(ServerBehavior):
    """Returns 422 with the error body of the other statuses."""

    def unprocessable_content(self, request: ServerRequest, problems: list[Problem]) -> ServerResponse:
        return ServerResponse(422, self.error_body("Unprocessable Entity"))


@should_fault("422-without-items", breaks="API-ERR-422-NONEMPTY")
class WithoutItems(ServerBehavior):
    """Returns 422 with an empty array of errors."""

    def reported_problems(self, problems: list[Problem]) -> list[Problem]:
        return []


@fault("422-as-text", breaks="API-ERR-JSON")
class RejectedAsText(ServerBehavior):
    """Returns 422 with the media type text/html."""

    def unprocessable_content(self, request: ServerRequest, problems: list[Problem]) -> ServerResponse:
        return replace(super().unprocessable_content(request, problems), media_type="text/html")


@fault("rejections-403", breaks=("VC-CREATE-NAME-PATTERN", "API-ERR-DECLARED-STATUS"))
class Rejections403(ServerBehavior):
    """Returns 403 for invalid values."""

    def unprocessable_content(self, request: ServerRequest, problems: list[Problem]) -> ServerResponse:
        return ServerResponse(403, self.error_body("Forbidden"))


@fault(
    "rejections-200",
    breaks=("VC-CREATE-DISPLAY-NAME-REQUIRED", "VC-CREATE-NAME-PATTERN"),
    also_violates=("VC-GET-INTERLEAVED", "VC-CREATE-NAME-UNIQUE-RACE"),
)
class Rejections200(ServerBehavior):
    """Returns 200 with the errors for invalid values."""

    def unprocessable_content(self, request: ServerRequest, problems: list[Problem]) -> ServerResponse:
        return replace(super().unprocessable_content(request, problems), status=200)


@should_fault("422-type-of-its-own", breaks="API-ERR-422-TYPE-VALIDATION")
class TypeOfItsOwn(_ModifiedItem):
    """Returns an undocumented type of an error item."""

    def modify_item(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "type": "ValidationError"}


@should_fault("422-code-a-sentence", breaks="API-ERR-422-CODE-FORM")
class CodeASentence(_ModifiedItem):
    """Returns the message as the code of an error item."""

    def modify_item(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "code": item["message"]}


@should_fault("422-message-empty", breaks="API-ERR-422-MESSAGE-NONEMPTY")
class MessageEmpty(_ModifiedItem):
    """Returns an empty message in an error item."""

    def modify_item(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "message": ""}
