"""Faults of one line each, and the guarantee that is broken by it. As data."""

from dataclasses import dataclass

from tests.workers.runtime.faults.line import FaultyLine
from tests.workers.runtime.stateful.witness import Guarantee


@dataclass(frozen=True, slots=True)
class Fault(FaultyLine):
    """Random stories find it by the guarantee that it breaks."""

    breaks: Guarantee


RUNTIME = "workers/runtime"

FAULTS = (
    Fault(
        "a message that is given up is deleted",
        f"{RUNTIME}/settle.py",
        "return Park(Parking(failed.cause, given_up,",
        "return Ack() or Park(Parking(failed.cause, given_up,",
        "G1",
    ),
    Fault(
        "a message that is to be tried again is deleted",
        f"{RUNTIME}/settler.py",
        "await self._queue.hide([lease.message], duration)",
        "return await self._deletes.ask(lease.message)",
        "G1",
    ),
    Fault(
        "what is done is claimed again",
        f"{RUNTIME}/testing_ledger.py",
        'if record is not None and record.state == "done":',
        'if record is not None and record.state == "gone":',
        "G2",
    ),
    Fault(
        "a step whose result is kept is run again",
        f"{RUNTIME}/steps.py",
        "kept = self._results.get(name)",
        "kept = None",
        "G2",
    ),
    Fault(
        "a commit without the token's condition",
        f"{RUNTIME}/testing_ledger.py",
        "if record is None or record.token != claim.token or record.state != expected:",
        "if record is None or record.state != expected:",
        "G3",
    ),
    Fault(
        "a release that starts the token anew",
        f"{RUNTIME}/testing_ledger.py",
        'self._change(claim, "claimed", lease_until=datetime.min.replace(tzinfo=UTC))',
        'self._change(claim, "claimed", lease_until=datetime.min.replace(tzinfo=UTC), token=0)',
        "G3",
    ),
    Fault(
        "a lost lease is not looked at before the commit",
        f"{RUNTIME}/leases.py",
        "raise LeaseLost(self.lost)",
        "pass",
        "G3",
    ),
    Fault(
        "a lost lease is not noted",
        f"{RUNTIME}/leases.py",
        "lease.lost = reason",
        "pass",
        "G3",
    ),
    Fault(
        "a second message of a running group is started",
        f"{RUNTIME}/groups.py",
        'return f"group:{message.group}" if message.group is not None else f"message:{message.id}"',
        'return f"message:{message.id}"',
        "G4",
    ),
    Fault(
        "the newest message of a group is started first",
        f"{RUNTIME}/groups.py",
        "message = self._waiting[key].popleft()",
        "message = self._waiting[key].pop()",
        "G4",
    ),
    Fault(
        "a failure does not return the rest of its group",
        f"{RUNTIME}/groups.py",
        "if not left_the_queue:",
        "if False:",
        "G4",
    ),
    Fault(
        "a stored answer is taken for a published one",
        f"{RUNTIME}/delivery.py",
        'return Unavailable("unpublished", str(error))',
        "return Handled()",
        "G6",
    ),
    Fault(
        "a refused entry is taken for a published one",
        "events/publisher.py",
        "if not refused:",
        "if True:",
        "G6",
    ),
    Fault(
        "an answer has another id each time",
        f"{RUNTIME}/run.py",
        "id=child_id(self.route.name, parent.id, ordinal),",
        'id=__import__("uuid").uuid4().hex,',
        "G6",
    ),
    Fault(
        "what is no event is tried again",
        f"{RUNTIME}/delivery.py",
        "return Unacceptable(_parking(error, self.route))",
        'return Unavailable("undecodable", str(error))',
        "G7",
    ),
    Fault(
        "what is no event is dropped",
        f"{RUNTIME}/delivery.py",
        "return Unacceptable(_parking(error, self.route))",
        "return Handled()",
        "G7",
    ),
    Fault(
        "tries are not counted",
        f"{RUNTIME}/leases.py",
        "return min(message.receives, claim.token - claim.excused)",
        "return 1",
        "G7",
    ),
    Fault(
        "a lease is renewed after its message was given back",
        f"{RUNTIME}/leases.py",
        "self._held.pop(message.receipt, None)",
        "self._held.get(message.receipt, None)",
        "G7",
    ),
    Fault(
        "a message that runs is not known to",
        f"{RUNTIME}/groups.py",
        "if self._running.get(key) is not message:",
        "if True:",
        "G10",
    ),
)
