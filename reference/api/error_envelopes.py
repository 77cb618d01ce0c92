"""Bodies of error responses."""

from dataclasses import dataclass
from typing import Any

from reference.api.messages import ServerRequest, ServerResponse

_ERROR_CODES_URL = "https://signalwire.com/docs/apis/error-codes"


@dataclass(frozen=True)
class Problem:
    """An error of a request: a published code, a message, and the name of the invalid member."""

    code: str
    message: str
    attribute: str | None = None


class ErrorEnvelopes:
    """Error responses by status."""

    def bad_request(self, request: ServerRequest) -> ServerResponse:
        """Return the response to a body that cannot be parsed."""
        return ServerResponse(400, self.error_body("Bad Request"))

    def content_too_large(self, request: ServerRequest) -> ServerResponse:
        """Return the response to a body that is too long."""
        return ServerResponse(413, self.error_body("Content Too Large"))

    def unauthorized(self, request: ServerRequest) -> ServerResponse:
        """Return the response to a request without valid credentials."""
        challenge = {"www-authenticate": 'Basic realm="conference", charset="UTF-8"'}
        return ServerResponse(401, self.error_body("Unauthorized"), challenge)

    def not_found(self, request: ServerRequest) -> ServerResponse:
        """Return the response to a request for an unknown path or id."""
        return ServerResponse(404, self.error_body("Not Found"))

    def internal_server_error(self, request: ServerRequest) -> ServerResponse:
        """Return the response after an internal error."""
        return ServerResponse(500, self.error_body("Internal Server Error"))

    def unprocessable_content(self, request: ServerRequest, problems: list[Problem]) -> ServerResponse:
        """Return the response to a request with invalid values, with one item per problem."""
        return ServerResponse(
            422, {"errors": [self.error_item(problem) for problem in self.reported_problems(problems)]}
        )

    def error_body(self, text: str) -> dict[str, Any]:
        """Return the body of every error status other than 422."""
        return {"error": text}

    def reported_problems(self, problems: list[Problem]) -> list[Problem]:
        """Return the problems to report; all of them by default."""
        return problems

    def error_item(self, problem: Problem) -> dict[str, Any]:
        """Return an item of the body of a 422 response."""
        return {
            "type": "validation_error",
            "code": problem.code,
            "message": problem.message,
            "attribute": problem.attribute,
            "url": _ERROR_CODES_URL,
        }
