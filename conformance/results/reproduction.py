"""Shell script (bash, curl) that reproduces a finding: its steps, and the deletion of what they create."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from conformance.config.target import Target
from conformance.http.credentials import VALID
from conformance.http.exchange import Exchange, Request, any_overlap
from conformance.results.curl import curl_command

_READ_MEMBER: Final = (  # of the JSON object after the headers of a response
    "read_member() { python3 -c 'import json,sys; "
    """body = sys.stdin.read().replace("\\r", "").partition("\\n\\n")[2]; """
    'print(json.loads(body)[sys.argv[1]])\' "$1" 2>/dev/null; }'
)
_QUIET: Final = '-o /dev/null -w "clean-up: status %{http_code}\\n"'
_RACE_NOTE: Final = "# depends on timing: repeat until both creates succeed"
_LOST_NOTE: Final = "# the target sent no complete response: curl prints what it receives"


def reproduction(target: Target, steps: Sequence[Exchange], *, note: str = "") -> str:
    """Return the commands that repeat the steps of a finding in their order, the failing one last.

    A single request that creates nothing is one command. Ids that the target returned are replaced by those
    that it returns to the script. A note on why the commands may not show the violation comes first.
    """
    *_, failing = steps
    notes = [*([f"# {note}"] if note else []), *([_LOST_NOTE] if failing.has_no_response else [])]
    if len(steps) == 1 and not _may_create(failing):
        return "\n".join([*notes, curl_command(target, failing.request)])
    return "\n".join([*notes, *_Script(target, _with_other_resource(steps)).lines()])


def _may_create(exchange: Exchange) -> bool:
    """Return whether a create has to be cleaned up after: it succeeded, or would at a conforming target."""
    if not exchange.is_create:
        return False
    return exchange.succeeded or (exchange.request.credential == VALID and exchange.request_validity.is_valid)


def _with_other_resource(steps: Sequence[Exchange]) -> Sequence[Exchange]:
    """Return the steps, with the create of a second resource if the failing get returns another resource."""
    *earlier, failing = steps
    creates = [step for step in earlier if step.is_create and step.id is not None]
    if len(creates) != 1 or failing.id_in_path != creates[0].id or failing.resource is None:
        return steps
    created = creates[0].resource or {}
    if all(created.get(name) == failing.resource.get(name) for name in ("id", "name")):
        return steps
    at = steps.index(creates[0]) + 1
    return [*steps[:at], _similar_create(creates[0]), *steps[at:]]


def _similar_create(create: Exchange) -> Exchange:
    """Return a create like another one, with other values of name and display_name."""
    sent: Mapping[str, Any] = create.request.json
    names = {
        name: f"{sent[name][:-2]}-2" for name in ("name", "display_name") if isinstance(sent.get(name), str)
    }
    body = json.dumps({**sent, **names}, ensure_ascii=False).encode(errors="surrogatepass")
    return replace(create, request=replace(create.request, body=body), response=None, failure="not sent")


class _Script:
    """The lines of a script, and the variables that hold what the target returns to it."""

    def __init__(self, target: Target, steps: Sequence[Exchange]) -> None:
        self._target = target
        self._steps = steps
        self._variables: dict[str, str] = {}  # by the id or generated name in the recorded response
        self._undeleted: dict[str, Request] = {}  # creates, by the variable with the id of the resource
        self._responses = 0

    def lines(self) -> Iterator[str]:
        """Yield the lines."""
        yield _READ_MEMBER
        for group in _groups(self._steps):
            if len(group) > 1:
                yield from self._race(group)
            elif _may_create(group[0]):
                yield from self._create(group[0])
            else:
                yield f"{self._command(group[0].request)}; echo"
                if group[0].has_deleted and group[0].request.credential == VALID:
                    self._undeleted.pop(self._variables.get(group[0].id_in_path, ""), None)
        if self._target.supports_delete:
            yield from map(self._delete, dict.fromkeys(create.path for create in self._undeleted.values()))

    def _create(self, step: Exchange) -> Iterator[str]:
        self._responses += 1
        yield f'R{self._responses}=$({self._command(step.request)}); echo "$R{self._responses}"'
        yield self._read_response(step, self._responses)

    def _race(self, steps: Sequence[Exchange]) -> Iterator[str]:
        """Yield the lines that send several requests at the same time, in the background."""
        yield _RACE_NOTE
        yield "D=$(mktemp -d)"
        numbers = range(self._responses + 1, self._responses + len(steps) + 1)
        for number, step in zip(numbers, steps, strict=True):
            yield f'{self._command(step.request)} > "$D/{number}" &'
        yield "wait"
        self._responses += len(steps)
        for number, step in zip(numbers, steps, strict=True):
            yield f'R{number}=$(cat "$D/{number}"); echo "$R{number}"; {self._read_response(step, number)}'
        yield 'rm -r "$D"'

    def _read_response(self, step: Exchange, number: int) -> str:
        """Return the command that reads the id, and a generated name that is used later."""
        response = f'<<< "$R{number}"'
        commands = [f"ID{number}=$(read_member id {response})"]
        self._undeleted[f"${{ID{number}}}"] = step.request
        if step.id is not None:
            self._variables[step.id] = f"${{ID{number}}}"
        name = (step.resource or {}).get("name")
        later = [other.request for other in self._steps if other.number > step.number]
        if isinstance(name, str) and _is_generated(name, step.request, later):
            commands.append(f"NAME{number}=$(read_member name {response})")
            self._variables[name] = f"${{NAME{number}}}"
        return "; ".join(commands)

    def _command(self, request: Request) -> str:
        return curl_command(self._target, request, variables=self._variables)

    def _delete(self, path: str) -> str:
        """Return the command that deletes the resources of one collection; an unknown id becomes `none`."""
        ids = [variable for variable, create in self._undeleted.items() if create.path == path]
        request, expression = Request("DELETE", f"{path}/created-id"), {"created-id": "${ID:-none}"}
        delete = curl_command(self._target, request, options=_QUIET, variables=expression)
        quoted = " ".join(f'"{variable}"' for variable in ids)
        return f"for ID in {quoted}; do {delete}; done"


def _is_generated(name: str, create: Request, later: Sequence[Request]) -> bool:
    """Return whether the target generated a name that a later request contains."""
    quoted = json.dumps(name, ensure_ascii=False).encode(errors="surrogatepass")
    return quoted not in create.body and any(quoted in request.body for request in later)


def _groups(steps: Sequence[Exchange]) -> Iterator[Sequence[Exchange]]:
    """Yield the steps one by one, and identical creates that one check sent at the same time together."""
    group: list[Exchange] = []
    for step in steps:
        if group and _is_race(group[-1], step):
            group.append(step)
        else:
            yield from filter(None, [group])
            group = [step]
    yield group


def _is_race(first: Exchange, second: Exchange) -> bool:
    return (
        _may_create(first)
        and _may_create(second)
        and first.request == second.request
        and first.origin.check == second.origin.check
        and any_overlap((first, second))
    )
