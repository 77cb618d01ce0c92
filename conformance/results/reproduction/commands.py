"""Commands (bash, curl) that reproduce a finding: its steps, and the deletion of what they create."""

from collections.abc import Iterator, Sequence
from typing import Final

from conformance.config.target import Target
from conformance.http.exchange import Exchange, Request
from conformance.results.reproduction.curl import curl_command
from conformance.results.reproduction.steps import Reproduction, Step, reproduction_steps

_READ_MEMBER: Final = (  # of the JSON object after the headers of a response
    "read_member() { python3 -c 'import json,sys; "
    """body = sys.stdin.read().replace("\\r", "").partition("\\n\\n")[2]; """
    'print(json.loads(body)[sys.argv[1]])\' "$1" 2>/dev/null; }'
)
_QUIET: Final = '-o /dev/null -w "clean-up: status %{http_code}\\n"'
_RACE_NOTE: Final = "# depends on timing: repeat until both creates succeed"
_LOST_NOTE: Final = "# the target sent no complete response: curl prints what it receives"


def reproduction_commands(
    target: Target, exchanges: Sequence[Exchange], *, note: str = "", connection: str = ""
) -> str:
    """Return the commands that repeat the exchanges of a finding in their order, the failing one last.

    A single request that creates nothing is one command. Ids that the target returned are replaced by those
    that it returns to the commands. A note on why the commands may not show the violation comes first.
    `connection` are the options of curl that connect as the run did.
    """
    *_, failing = exchanges
    notes = [*([f"# {note}"] if note else []), *([_LOST_NOTE] if failing.has_no_response else [])]
    steps = reproduction_steps(exchanges, supports_delete=target.supports_delete)
    return "\n".join([*notes, *_Commands(target, steps, connection).lines()])


class _Commands:
    """The lines of the commands."""

    def __init__(self, target: Target, reproduction: Reproduction, connection: str) -> None:
        self._target = target
        self._reproduction = reproduction
        self._connection = connection

    def lines(self) -> Iterator[str]:
        """Yield the lines."""
        steps = self._reproduction.steps
        if len(steps) == 1 and not steps[0].may_create:
            yield self._command(steps[0])
            return
        yield _READ_MEMBER
        for group in self._reproduction.groups:
            if len(group) > 1:
                yield from self._race(group)
            elif group[0].may_create:
                yield from self._create(group[0])
            else:
                yield f"{self._command(group[0])}; echo"
        yield from (self._delete(path, names) for path, names in self._reproduction.created.items())

    def _create(self, step: Step) -> Iterator[str]:
        number = step.number
        yield f'R{number}=$({self._command(step)}); echo "$R{number}"'
        yield self._read_response(step)

    def _race(self, steps: Sequence[Step]) -> Iterator[str]:
        """Yield the lines that send several requests at the same time, in the background."""
        yield _RACE_NOTE
        yield "D=$(mktemp -d)"
        for step in steps:
            yield f'{self._command(step)} > "$D/{step.number}" &'
        yield "wait"
        for step in steps:
            number = step.number
            yield f'R{number}=$(cat "$D/{number}"); echo "$R{number}"; {self._read_response(step)}'
        yield 'rm -r "$D"'

    def _read_response(self, step: Step) -> str:
        """Return the command that reads the id, and a generated name that is used later."""
        names = {step.id_variable: "id"}
        if step.has_generated_name:
            names[step.name_variable] = "name"
        response = f'<<< "$R{step.number}"'
        return "; ".join(f"{name}=$(read_member {member} {response})" for name, member in names.items())

    def _command(self, step: Step) -> str:
        variables = {value: f"${{{name}}}" for value, name in step.variables.items()}
        return curl_command(
            self._target, step.exchange.request, options=f"-i{self._connection}", variables=variables
        )

    def _delete(self, path: str, names: Sequence[str]) -> str:
        """Return the command that deletes the resources of one collection; an unknown id becomes `none`."""
        request, expression = Request("DELETE", f"{path}/created-id"), {"created-id": "${ID:-none}"}
        options = f"{_QUIET}{self._connection}"
        delete = curl_command(self._target, request, options=options, variables=expression)
        quoted = " ".join(f'"${{{name}}}"' for name in names)
        return f"for ID in {quoted}; do {delete}; done"
