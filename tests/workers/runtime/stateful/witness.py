"""Who knows what was accepted and what came of it, and says which guarantee was broken.

A violation is written down where it happens: an exception there would be one of the runtime's own
failures, which it survives.
"""

from collections import defaultdict
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal

from schemas.envelope import child_id
from workers.runtime.leases import Lease
from workers.runtime.ledger import Claim
from workers.runtime.queue import Message

Guarantee = Literal["G1", "G2", "G3", "G4", "G6", "G7", "G10"]
NAMES: dict[Guarantee, str] = {
    "G1": "G1 no loss",
    "G2": "G2 one effect",
    "G3": "G3 fencing",
    "G4": "G4 group order",
    "G6": "G6 publish",
    "G7": "G7 poison",
    "G10": "G10 liveness",
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that was sent. `event_id` is None when it holds no event."""

    number: int
    group: str
    event_id: str | None
    body: str


@dataclass(eq=False, slots=True)
class Attempt:
    """One delivery at work, in the process that has it. `token` is that of its claim."""

    lease: Lease
    token: int | None = None


# Whose call it is: each attempt is a task, and what it calls runs in its context.
ATTEMPT: ContextVar[Attempt] = ContextVar("ATTEMPT")


@dataclass(slots=True)
class Commit:
    token: int
    ids: tuple[str, ...]


@dataclass(slots=True)
class Witness:
    """`route` is the ledger's name for the worker; `attempts` the most tries of a message."""

    route: str
    attempts: int
    broken: list[tuple[Guarantee, str]] = field(default_factory=list)
    accepted: dict[str, Accepted] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    worn: set[str] = field(default_factory=set)
    tokens: dict[str, int] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    published: set[str] = field(default_factory=set)
    recorded: set[str] = field(default_factory=set)
    _last_of_group: dict[str, int] = field(default_factory=dict)
    _starts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _begun: set[str] = field(default_factory=set)
    _returned: set[str] = field(default_factory=set)
    _parked: set[str] = field(default_factory=set)
    _newest: dict[str, str] = field(default_factory=dict)

    def violated(self, guarantee: Guarantee, what: str) -> None:
        self.broken.append((guarantee, f"{NAMES[guarantee]}: {what}"))

    # What the queue sees.

    def received(self, messages: Sequence[Message]) -> None:
        self._newest |= {message.id: message.receipt for message in messages}

    def left(self, message: Message) -> None:
        """A message was deleted, for the first time."""
        self.deleted.add(message.id)
        if message.receipt in self._parked:
            return
        event_id = self.accepted[message.id].event_id
        if event_id is None:
            self.violated("G7", f"{message.id} holds no event and was deleted, not parked")
        elif event_id not in self.commits:
            self.violated("G1", f"{message.id} was deleted, and {event_id} has no effect")
        elif not self.published.issuperset(self.commits[event_id].ids):
            self.violated("G6", f"{message.id} was deleted before its answer was published")

    def parked(self, message: Message, cause: str, reason: str) -> None:
        """A message goes to the dead letters. Its delete, which follows, may come much later."""
        self._parked.add(message.receipt)
        if not reason:
            self.violated("G7", f"{message.id} was parked for no reason")
        if self.accepted[message.id].event_id is None and cause != "undecodable":
            self.violated("G7", f"{message.id} holds no event and was parked as {cause}")

    def hidden(self, message: Message, *, renewed: bool, at_once: bool) -> None:
        """A message's lease was renewed, or it was given back."""
        if renewed and message.receipt in self._returned:
            self.violated("G7", f"{message.id} was renewed after it had been given back")
        if renewed:
            return
        self._returned.add(message.receipt)
        undecodable = self.accepted[message.id].event_id is None
        if undecodable and message.receipt in self._begun and not at_once:
            self.violated("G7", f"{message.id} holds no event and was given back, not parked")

    # What the ledger and the bus see.

    def granted(self, claim: Claim) -> None:
        last = self.tokens.get(claim.event_id, 0)
        if claim.token <= last:
            self.violated("G3", f"{claim.event_id}: token {claim.token} came after {last}")
        self.tokens[claim.event_id] = max(last, claim.token)
        if claim.event_id in self.commits:
            self.violated("G2", f"{claim.event_id} was claimed again, and has had its effect")

    def changed(self, claim: Claim, how: str) -> None:
        """A record was changed under a claim."""
        if claim.token != self.tokens[claim.event_id]:
            self.violated("G3", f"{how} of {claim.event_id} by an owner that had lost its claim")

    def committed(self, claim: Claim, ids: tuple[str, ...]) -> None:
        event_id = claim.event_id
        known = self.commits.setdefault(event_id, Commit(claim.token, ids))
        if known.token != claim.token:
            self.violated("G2", f"{event_id} was committed twice")
        if list(ids) != [child_id(self.route, event_id, place) for place in range(len(ids))]:
            self.violated("G6", f"the answers to {event_id} have ids that can't be made again")
        self._in_order(self._message())

    def sent(self, event_id: str, cause: str) -> None:
        """The bus took an event that another one caused."""
        if cause not in self.commits or event_id not in self.commits[cause].ids:
            self.violated("G6", f"{event_id} was published, and nobody had committed it")
        self.published.add(event_id)

    # What handlers see.

    def began(self) -> None:
        """An attempt at a message began, of which its handler may be a part."""
        message = self._message()
        self._begun.add(message.receipt)
        if self._was_taken_over(message):
            return
        mine = self.accepted[message.id]
        for name in self.in_queue():
            other = self.accepted[name]
            if other.group == mine.group and other.number < mine.number:
                self.violated("G4", f"{message.id} was started before {name} was settled")

    def started(self, event_id: str) -> None:
        """A handler was started."""
        message = self._message()
        if self._was_taken_over(message):
            return
        self._starts[message.id].add(message.receipt)
        if (tries := len(self._starts[message.id])) > self.attempts:
            self.violated("G7", f"{message.id} ({event_id}) was tried {tries} times")

    def excused(self, claim: Claim) -> None:
        """What was no try, since a port was away, is not counted as one."""
        self.changed(claim, "excuse")
        message = self._message()
        self._starts[message.id].discard(message.receipt)

    def charged(self, event_id: str) -> None:
        """A step's side effect happened, in the hands of the claim's owner or of a former one."""
        if event_id in self.recorded and ATTEMPT.get().token == self.tokens[event_id]:
            self.violated("G2", f"{event_id}: a step whose result was kept was run again")

    # What is still there.

    def in_queue(self) -> Sequence[str]:
        """The messages that must be in the queue, visible or hidden."""
        gone = self.deleted | self.worn
        return [name for name in self.accepted if name not in gone]

    def _was_taken_over(self, message: Message) -> bool:
        """Whose lease is over without its knowing promises neither order nor a number of tries."""
        return self._newest[message.id] != message.receipt or message.id not in self.in_queue()

    def _message(self) -> Message:
        return ATTEMPT.get().lease.message

    def _in_order(self, message: Message) -> None:
        if self._was_taken_over(message):
            return
        mine = self.accepted[message.id]
        last = self._last_of_group.get(mine.group, 0)
        if mine.number < last:
            self.violated("G4", f"{message.id} was committed after m{last} of its group")
        self._last_of_group[mine.group] = max(last, mine.number)


def facts(broken: Sequence[tuple[Guarantee, str]], guarantee: Guarantee) -> str:
    """Everything that is said against a guarantee."""
    return "\n".join(what for each, what in broken if each == guarantee)
