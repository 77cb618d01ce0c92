"""The end of a run: what is left at the target, why it ended, and the footer of the evidence."""

from collections.abc import Iterator
from typing import Any

from conformance.results.record import RunEnd
from conformance.runtime import resource_exhaustion
from conformance.transport.resources.ledger import Ledger
from conformance.transport.resources.ownership import Leftover
from conformance.transport.stack import TransportStack
from conformance.transport.throttling import ThrottlingTransport
from reports.presentation.sanitize import escape_unprintable


def remaining_resources(stack: TransportStack) -> tuple[Leftover, ...]:
    """Return all resources that exist or may exist at the target."""
    if not stack.target.keeps_resources:
        return ()
    ledger = stack.ledger
    leftovers = (*ledger.leftovers, *ledger.unconfirmed, *ledger.unfindable)
    return tuple(sorted(leftovers, key=lambda leftover: (leftover.collection, leftover.id, leftover.name)))


def interrupted_message(stack: TransportStack) -> str:
    """Return the message for an immediate stop, which writes nothing else."""
    lines = [
        escape_unprintable(
            f"left behind: {leftover.collection}/{leftover.id or '(unknown id)'}  {leftover.name}"
        )
        for leftover in remaining_resources(stack)
    ]
    return "\n".join(["stopped immediately, without clean-up", *lines, ""])


def cleanup_notes(ledger: Ledger) -> Iterator[str]:
    """Yield notes about resources that were not deleted because they may not belong to the run."""
    if ledger.foreign_ids:
        yield f"clean-up: {ledger.foreign_ids} create responses had the id of another resource, not deleted"
    if ledger.unidentifiable_creates:
        yield (
            f"clean-up: {ledger.unidentifiable_creates} creates without a unique name got no usable "
            "response; resources that they may have created cannot be found"
        )


def footer_data(stack: TransportStack, ending: RunEnd) -> dict[str, Any]:
    """Return the members of the footer of the evidence."""
    return {
        "complete": not ending.interrupted,
        "seconds": round(ending.seconds, 3),
        **_stop_data(stack.throttling),
        **stack.rejections.footer,
    }


def internal_problem(stack: TransportStack) -> str | None:
    """Return why the run has to end with an internal error: a failed write, or an exhausted resource."""
    write_error = stack.evidence.write_error or stack.ledger.file.write_error
    return write_error or _exhausted_resource(stack.throttling)


def _exhausted_resource(throttling: ThrottlingTransport) -> str | None:
    """Return the resource of this machine whose exhaustion ended the run, if there is one."""
    reason = throttling.stop_reason
    return reason.text if reason is not None and reason.code == resource_exhaustion.REASON_CODE else None


def _stop_data(throttling: ThrottlingTransport) -> dict[str, Any]:
    """Return the reason for which requests were stopped, and the last exchange with a response before it."""
    if throttling.stop_reason is None:
        return {}
    reason = {"code": throttling.stop_reason.code, "text": throttling.stop_reason.text}
    return {"stopped": reason, "answered": throttling.last_answered_number or None}
