"""The answers that carry no resource: one envelope for each status."""

from dataclasses import dataclass
from typing import Any

from reference.api.messages import Answer, Request

_GUIDE = "https://signalwire.com/docs/apis/error-codes"


@dataclass(frozen=True)
class Problem:
    """Something wrong with a request: a published code, a text, and the parameter at fault."""

    code: str
    message: str
    attribute: str | None = None


class Envelopes:
    """The rules of what an error looks like."""

    def bad_request(self, request: Request) -> Answer:
        """Answer a body that cannot be read."""
        return Answer(400, self.error("Bad Request"))

    def too_large(self, request: Request) -> Answer:
        """Answer a body that is longer than the server reads."""
        return Answer(413, self.error("Content Too Large"))

    def unauthorized(self, request: Request) -> Answer:
        """Answer a request without good credentials."""
        challenge = {"www-authenticate": 'Basic realm="conference", charset="UTF-8"'}
        return Answer(401, self.error("Unauthorized"), challenge)

    def not_found(self, request: Request) -> Answer:
        """Answer a request for something that does not exist."""
        return Answer(404, self.error("Not Found"))

    def broken(self, request: Request) -> Answer:
        """Answer when the server itself has failed."""
        return Answer(500, self.error("Internal Server Error"))

    def refused(self, request: Request, problems: list[Problem]) -> Answer:
        """Answer a request that breaks rules, one item for each."""
        return Answer(422, {"errors": [self.item(problem) for problem in self.reported(problems)]})

    def error(self, text: str) -> dict[str, Any]:
        """Build the envelope of every status but 422."""
        return {"error": text}

    def reported(self, problems: list[Problem]) -> list[Problem]:
        """Choose the problems to report: all of them."""
        return problems

    def item(self, problem: Problem) -> dict[str, Any]:
        """Build an item of a 422 envelope."""
        return {
            "type": "validation_error",
            "code": problem.code,
            "message": problem.message,
            "attribute": problem.attribute,
            "url": _GUIDE,
        }
