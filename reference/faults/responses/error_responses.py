"""Errors that are said in another way than documented."""

from dataclasses import replace
from typing import Any

from reference.api.behavior import Rules
from reference.api.error_envelopes import Problem
from reference.api.messages import Answer, Operation, Request
from reference.faults.fault import fault, lapse


@fault("400-in-other-words", breaks="API-ERR-400-ENVELOPE")
class BadRequestWords(Rules):
    """The text of a 400 is another one."""

    def bad_request(self, request: Request) -> Answer:
        return Answer(400, self.error("Malformed JSON"))


@fault("400-as-message", breaks="API-ERR-400-ENVELOPE")
class BadRequestMessage(Rules):
    """A 400 has a message in place of an error."""

    def bad_request(self, request: Request) -> Answer:
        return Answer(400, {"message": "Bad Request"})


@fault("400-without-body", breaks="API-ERR-400-ENVELOPE")
class BadRequestWithoutBody(Rules):
    """A 400 has no body."""

    def bad_request(self, request: Request) -> Answer:
        return Answer(400)


@fault("400-says-internal-error", breaks=("API-ERR-400-ENVELOPE", "API-ERR-STATUS-MATCHES-ENVELOPE"))
class BadRequestSaysInternal(Rules):
    """A 400 says that the server has failed."""

    def bad_request(self, request: Request) -> Answer:
        return Answer(400, self.error("Internal Server Error"))


@fault("400-as-text", breaks="API-ERR-JSON")
class BadRequestAsText(Rules):
    """The envelope of a 400 goes out as text/plain."""

    def bad_request(self, request: Request) -> Answer:
        return replace(super().bad_request(request), media_type="text/plain")


@fault("404-without-envelope", breaks=("API-ERR-404-ENVELOPE", "VC-GET-UNKNOWN-ID-ENVELOPE"))
class NotFoundWithoutEnvelope(Rules):
    """A 404 has no body."""

    def not_found(self, request: Request) -> Answer:
        return Answer(404)


@fault("404-as-errors", breaks=("API-ERR-404-ENVELOPE", "VC-GET-UNKNOWN-ID-ENVELOPE"))
class NotFoundAsErrors(Rules):
    """A 404 has the envelope of a 422."""

    def not_found(self, request: Request) -> Answer:
        return replace(self.refused(request, [Problem("does_not_exist", "Does not exist", "id")]), status=404)


@fault("404-as-page", breaks="API-ERR-JSON")
class NotFoundAsPage(Rules):
    """A 404 says that it is HTML."""

    def not_found(self, request: Request) -> Answer:
        return replace(super().not_found(request), media_type="text/html; charset=utf-8")


class _Items(Rules):
    """Rules that build the items of a 422 in their own way."""

    def item(self, problem: Problem) -> dict[str, Any]:
        return self.changed(super().item(problem))

    def changed(self, item: dict[str, Any]) -> dict[str, Any]:
        return item


@fault("422-item-without-type", breaks="API-ERR-422-ITEM-TYPE")
class ItemWithoutType(_Items):
    """An error item has no type."""

    def changed(self, item: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in item.items() if name != "type"}


@fault("422-item-without-code", breaks="API-ERR-422-ITEM-CODE")
class ItemWithoutCode(_Items):
    """An error item has no code."""

    def changed(self, item: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in item.items() if name != "code"}


@fault("422-item-without-message", breaks="API-ERR-422-ITEM-MESSAGE")
class ItemWithoutMessage(_Items):
    """An error item has no message."""

    def changed(self, item: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in item.items() if name != "message"}


@fault("422-item-without-url", breaks="API-ERR-422-ITEM-URL")
class ItemWithoutUrl(_Items):
    """An error item has no url."""

    def changed(self, item: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in item.items() if name != "url"}


@fault("422-item-url-null", breaks="API-ERR-422-ITEM-URL")
class ItemUrlNull(_Items):
    """The url of an error item is null."""

    def changed(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "url": None}


@fault("422-item-code-a-number", breaks="API-ERR-422-ITEM-CODE")
class ItemCodeANumber(_Items):
    """The code of an error item is a number."""

    def changed(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "code": 1004}


@fault("422-item-message-a-list", breaks="API-ERR-422-ITEM-MESSAGE")
class ItemMessageAList(_Items):
    """The message of an error item is a list of messages."""

    def changed(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "message": [item["message"]]}


@fault("422-item-attribute-a-list", breaks="API-ERR-422-ITEM-ATTRIBUTE-TYPE")
class ItemAttributeAList(_Items):
    """The attribute of an error item is a list of names."""

    def changed(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "attribute": [item["attribute"]]}


@fault("422-attribute-of-the-first-member", breaks="API-ERR-422-ATTRIBUTE-NAMES-FIELD")
class AttributeFirst(_Items):
    """The attribute of an error item is always display_name."""

    def changed(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "attribute": "display_name"}


@fault("422-attribute-first-word", breaks="API-ERR-422-ATTRIBUTE-NAMES-FIELD")
class AttributeFirstWord(_Items):
    """The attribute of an error item is the first word of the name."""

    def changed(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "attribute": str(item["attribute"]).partition("_")[0]}


@fault("422-attribute-in-camel-case", breaks="API-ERR-422-ATTRIBUTE-NAMES-FIELD")
class AttributeCamelCase(_Items):
    """The attribute of an error item is a name as the code has it."""

    def changed(self, item: dict[str, Any]) -> dict[str, Any]:
        first, *others = str(item["attribute"]).split("_")
        return {**item, "attribute": first + "".join(word.capitalize() for word in others)}


@fault("422-attribute-of-the-neighbour", breaks="API-ERR-422-ATTRIBUTE-NAMES-FIELD")
class AttributeNeighbour(_Items):
    """A wrong colour of the light theme is reported for the dark one."""

    def changed(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "attribute": str(item["attribute"]).replace("light_", "dark_")}


@fault("422-attribute-of-rooms-is-name", breaks="API-ERR-422-ATTRIBUTE-NAMES-FIELD")
class AttributeOfRooms(Rules):
    """The attribute of an error item of a room is always name."""

    def refused(self, request: Request, problems: list[Problem]) -> Answer:
        if request.operation is Operation.CREATE_ROOM:
            problems = [replace(problem, attribute="name") for problem in problems]
        return super().refused(request, problems)


@fault("422-attribute-of-a-name-in-use", breaks="API-ERR-422-ATTRIBUTE-NAMES-FIELD")
class AttributeOfANameInUse(Rules):
    """A name that is in use is reported for the display name."""

    def name_problem(self) -> Problem:
        return replace(super().name_problem(), attribute="display_name")


@fault("422-by-member", breaks="API-ERR-422-ENVELOPE")
class ByMember(Rules):
    """A 422 has an object of lists of texts, as Rails has it."""

    def refused(self, request: Request, problems: list[Problem]) -> Answer:
        texts = {str(problem.attribute): [problem.message] for problem in problems}
        return Answer(422, {"errors": texts})


@fault("422-as-detail", breaks="API-ERR-422-ENVELOPE")
class AsDetail(Rules):
    """A 422 has a list called detail, as FastAPI has it."""

    def refused(self, request: Request, problems: list[Problem]) -> Answer:
        return Answer(422, {"detail": [{"loc": ["body", p.attribute], "msg": p.message} for p in problems]})


@fault("422-as-error", breaks="API-ERR-422-ENVELOPE")
class AsError(Rules):
    """A 422 has the envelope of the other statuses."""

    def refused(self, request: Request, problems: list[Problem]) -> Answer:
        return Answer(422, self.error("Unprocessable Entity"))


@lapse("422-without-items", breaks="API-ERR-422-NONEMPTY")
class WithoutItems(Rules):
    """The errors of a 422 are an empty list."""

    def reported(self, problems: list[Problem]) -> list[Problem]:
        return []


@fault("422-as-text", breaks="API-ERR-JSON")
class RefusedAsText(Rules):
    """The envelope of a 422 goes out as text/html."""

    def refused(self, request: Request, problems: list[Problem]) -> Answer:
        return replace(super().refused(request, problems), media_type="text/html")


@fault("refusals-403", breaks=("VC-CREATE-NAME-PATTERN", "API-ERR-DECLARED-STATUS"))
class Refusals403(Rules):
    """A value that breaks a rule is answered with 403."""

    def refused(self, request: Request, problems: list[Problem]) -> Answer:
        return Answer(403, self.error("Forbidden"))


@fault("refusals-200", breaks=("VC-CREATE-DISPLAY-NAME-REQUIRED", "VC-CREATE-NAME-PATTERN"))
class Refusals200(Rules):
    """A value that breaks a rule is answered with 200 and the errors."""

    def refused(self, request: Request, problems: list[Problem]) -> Answer:
        return replace(super().refused(request, problems), status=200)


@lapse("422-type-of-its-own", breaks="API-ERR-422-TYPE-VALIDATION")
class TypeOfItsOwn(_Items):
    """The type of an error item is that of an exception."""

    def changed(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "type": "ValidationError"}


@lapse("422-code-a-sentence", breaks="API-ERR-422-CODE-FORM")
class CodeASentence(_Items):
    """The code of an error item is its message."""

    def changed(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "code": item["message"]}


@lapse("422-message-empty", breaks="API-ERR-422-MESSAGE-NONEMPTY")
class MessageEmpty(_Items):
    """The message of an error item is empty."""

    def changed(self, item: dict[str, Any]) -> dict[str, Any]:
        return {**item, "message": ""}


@lapse("422-first-error-only", breaks="API-ERR-422-SEVERAL")
class FirstErrorOnly(Rules):
    """A 422 has the first error only."""

    def reported(self, problems: list[Problem]) -> list[Problem]:
        return super().reported(problems)[:1]
