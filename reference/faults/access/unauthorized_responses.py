"""Faults in responses to requests without valid credentials, and side effects of such requests."""

from dataclasses import replace

from reference.api.behavior import ServerBehavior
from reference.api.messages import ServerOperation, ServerRequest, ServerResponse
from reference.faults.fault import fault, should_fault


@fault("unauthorized-create-creates", breaks="API-AUTH-401-NO-EFFECT")
class UnauthorizedCreates(ServerBehavior):
    """Creates a conference although it rejects the request with 401."""

    def unauthorized(self, request: ServerRequest) -> ServerResponse:
        if request.operation is ServerOperation.CREATE_CONFERENCE:
            self.execute(request)
        return super().unauthorized(request)


@fault("unauthorized-403", breaks=("API-AUTH-HEADER-REQUIRED", "VC-CREATE-AUTH", "VC-GET-AUTH"))
class Unauthorized403(ServerBehavior):
    """Returns 403 instead of 401 for a request without valid credentials."""

    def unauthorized(self, request: ServerRequest) -> ServerResponse:
        return ServerResponse(403, self.error_body("Forbidden"))


@fault("unauthorized-404", breaks=("VC-GET-AUTH", "API-AUTH-BEFORE-LOOKUP"))
class Unauthorized404(ServerBehavior):
    """Returns 404 instead of 401 for a get without valid credentials."""

    def unauthorized(self, request: ServerRequest) -> ServerResponse:
        return self.not_found(request) if request.id else super().unauthorized(request)


@fault("unauthorized-200", breaks=("API-AUTH-HEADER-REQUIRED", "VC-CREATE-AUTH"))
class Unauthorized200(ServerBehavior):
    """Returns 200 with an error body for a request without valid credentials."""

    def unauthorized(self, request: ServerRequest) -> ServerResponse:
        return replace(super().unauthorized(request), status=200)


@fault("unauthorized-redirected", breaks=("API-AUTH-HEADER-REQUIRED", "VC-CREATE-AUTH"))
class UnauthorizedRedirected(ServerBehavior):
    """Redirects a request without valid credentials to a login page."""

    def unauthorized(self, request: ServerRequest) -> ServerResponse:
        return ServerResponse(302, headers={"location": "/login"})


@fault("unauthorized-in-lowercase", breaks="API-AUTH-401-ENVELOPE")
class UnauthorizedText(ServerBehavior):
    """Returns 401 with the error string unauthorized in lowercase."""

    def unauthorized(self, request: ServerRequest) -> ServerResponse:
        return replace(super().unauthorized(request), body=self.error_body("unauthorized"))


@fault("unauthorized-without-body", breaks="API-AUTH-401-ENVELOPE")
class UnauthorizedWithoutBody(ServerBehavior):
    """Returns 401 without a body."""

    def unauthorized(self, request: ServerRequest) -> ServerResponse:
        return replace(super().unauthorized(request), body=None)


@fault("unauthorized-as-text", breaks="API-AUTH-401-JSON")
class UnauthorizedAsText(ServerBehavior):
    """Returns 401 with the media type text/plain."""

    def unauthorized(self, request: ServerRequest) -> ServerResponse:
        return replace(super().unauthorized(request), media_type="text/plain; charset=utf-8")


@should_fault("unauthorized-reveals-which", breaks=("API-AUTH-SAME-401-FOR-ALL", "API-AUTH-401-ENVELOPE"))
class UnauthorizedTellsWhich(ServerBehavior):
    """Reveals in a 401 response whether the project id or the token is invalid."""

    def unauthorized(self, request: ServerRequest) -> ServerResponse:
        credentials = self.decode_credentials(self.authorization_header(request).partition(" ")[2])
        valid_project = credentials is not None and credentials[0] == self.credentials.project_id.encode()
        text = "Token is wrong" if valid_project else "No such project"
        return replace(super().unauthorized(request), body=self.error_body(text))


@should_fault("unauthorized-repeats-token", breaks="API-ERR-NO-ECHO-OF-SECRET")
class UnauthorizedRepeats(ServerBehavior):
    """Repeats the received token in the body of a 401 response."""

    def unauthorized(self, request: ServerRequest) -> ServerResponse:
        response = super().unauthorized(request)
        credentials = self.decode_credentials(self.authorization_header(request).partition(" ")[2])
        token = credentials[1].decode("utf-8", "replace") if credentials else ""
        return replace(response, body={**response.body, "token": token})


@fault("forbidden-with-other-error", breaks=("VC-CREATE-AUTH", "API-ERR-403-ENVELOPE"))
class ForbiddenWords(ServerBehavior):
    """Returns 403 with an undocumented error string for a request without valid credentials."""

    def unauthorized(self, request: ServerRequest) -> ServerResponse:
        return ServerResponse(403, self.error_body("Access denied"))
