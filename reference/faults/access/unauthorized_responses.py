"""What those who are kept out are told, and what they bring about all the same."""

from dataclasses import replace

from reference.api.behavior import Rules
from reference.api.messages import Answer, Operation, Request
from reference.faults.fault import fault, lapse


@fault("unauthorized-create-creates", breaks="API-AUTH-401-NO-EFFECT")
class UnauthorizedCreates(Rules):
    """A create without good credentials is answered with 401 after it is done."""

    def unauthorized(self, request: Request) -> Answer:
        if request.operation is Operation.CREATE_CONFERENCE:
            self.perform(request)
        return super().unauthorized(request)


@fault("unauthorized-403", breaks=("API-AUTH-HEADER-REQUIRED", "VC-CREATE-AUTH", "VC-GET-AUTH"))
class Unauthorized403(Rules):
    """A request without good credentials is answered with 403."""

    def unauthorized(self, request: Request) -> Answer:
        return Answer(403, self.error("Forbidden"))


@fault("unauthorized-404", breaks=("VC-GET-AUTH", "API-AUTH-BEFORE-LOOKUP"))
class Unauthorized404(Rules):
    """A get without good credentials is answered with 404, to hide what there is."""

    def unauthorized(self, request: Request) -> Answer:
        return self.not_found(request) if request.id else super().unauthorized(request)


@fault("unauthorized-200", breaks=("API-AUTH-HEADER-REQUIRED", "VC-CREATE-AUTH"))
class Unauthorized200(Rules):
    """A request without good credentials is answered with 200 and an error."""

    def unauthorized(self, request: Request) -> Answer:
        return replace(super().unauthorized(request), status=200)


@fault("unauthorized-redirected", breaks=("API-AUTH-HEADER-REQUIRED", "VC-CREATE-AUTH"))
class UnauthorizedRedirected(Rules):
    """A request without good credentials is sent to a page to log in on."""

    def unauthorized(self, request: Request) -> Answer:
        return Answer(302, headers={"location": "/login"})


@fault("unauthorized-in-small-letters", breaks="API-AUTH-401-ENVELOPE")
class UnauthorizedText(Rules):
    """The envelope of a 401 has another text."""

    def unauthorized(self, request: Request) -> Answer:
        return replace(super().unauthorized(request), body=self.error("unauthorized"))


@fault("unauthorized-without-body", breaks="API-AUTH-401-ENVELOPE")
class UnauthorizedWithoutBody(Rules):
    """A 401 has no body."""

    def unauthorized(self, request: Request) -> Answer:
        return replace(super().unauthorized(request), body=None)


@fault("unauthorized-as-text", breaks="API-AUTH-401-JSON")
class UnauthorizedAsText(Rules):
    """The envelope of a 401 goes out as text/plain."""

    def unauthorized(self, request: Request) -> Answer:
        return replace(super().unauthorized(request), media_type="text/plain; charset=utf-8")


@lapse("unauthorized-tells-which", breaks=("API-AUTH-SAME-401-FOR-ALL", "API-AUTH-401-ENVELOPE"))
class UnauthorizedTellsWhich(Rules):
    """A 401 says whether the project or the token is wrong."""

    def unauthorized(self, request: Request) -> Answer:
        pair = self.decoded(self.authorization(request).partition(" ")[2])
        known = pair is not None and pair[0] == self.credentials.project_id.encode()
        text = "Token is wrong" if known else "No such project"
        return replace(super().unauthorized(request), body=self.error(text))


@lapse("unauthorized-repeats-token", breaks="API-ERR-NO-ECHO-OF-SECRET")
class UnauthorizedRepeats(Rules):
    """A 401 repeats the credentials that were sent."""

    def unauthorized(self, request: Request) -> Answer:
        answer = super().unauthorized(request)
        pair = self.decoded(self.authorization(request).partition(" ")[2])
        given = pair[1].decode("utf-8", "replace") if pair else ""
        return replace(answer, body={**answer.body, "token": given})


@fault("forbidden-in-other-words", breaks=("VC-CREATE-AUTH", "API-ERR-403-ENVELOPE"))
class ForbiddenWords(Rules):
    """A request without good credentials is answered with 403 and a text of its own."""

    def unauthorized(self, request: Request) -> Answer:
        return Answer(403, self.error("Access denied"))
