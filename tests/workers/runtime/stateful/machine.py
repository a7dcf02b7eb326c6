"""Anything may happen to a fleet, in any order: what the runtime promises holds after each step."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.workers.runtime.stateful.plans import Plan, plans, slow_plans
from tests.workers.runtime.stateful.processes import Process
from tests.workers.runtime.stateful.wires import CALLS, Trap
from tests.workers.runtime.stateful.witness import Guarantee, facts
from tests.workers.runtime.stateful.world import World

GROUPS = st.sampled_from("abc")
# As long as a turn of the event loop, a handler, a poll, a lease, the longest handler.
TIMES = st.sampled_from([0, 0.2, 2, 13, 45])
ANY = st.integers(0, 1000)
NO_EVENTS = ("", "{", "[]", '{"detail-type": "task.created"}', '{"source": "me"}')
MOST_PROCESSES = 3


class Fleet(RuleBasedStateMachine):
    """Whatever a rule does, everybody works on for a while afterwards."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @initialize()
    def one_process(self) -> None:
        self.world.within(self.world.begin)

    @rule(group=GROUPS, plan=plans(), copies=st.sampled_from([1, 1, 2, 4]), then=TIMES)
    def publish(self, group: str, plan: Plan, copies: int, then: float) -> None:
        for _ in range(copies):
            self.world.publish(group, plan)
        self.world.run(then)

    @rule(group=GROUPS, body=st.sampled_from(NO_EVENTS), then=TIMES)
    def publish_what_is_no_event(self, group: str, body: str, then: float) -> None:
        self.world.send(body, group, None)
        self.world.run(then)

    @precondition(lambda self: self.world.witness.accepted)
    @rule(which=ANY, then=TIMES)
    def repeat(self, which: int, then: float) -> None:
        messages = list(self.world.witness.accepted.values())
        self.world.repeat(messages[which % len(messages)])
        self.world.run(then)

    @precondition(lambda self: len(self.world.alive()) < MOST_PROCESSES)
    @rule(then=TIMES)
    def begin(self, then: float) -> None:
        self.world.within(self.world.begin)
        self.world.run(then)

    @precondition(lambda self: self.world.alive())
    @rule(which=ANY, then=TIMES)
    def drain(self, which: int, then: float) -> None:
        self._one(which, lambda process: self.world.within(process.drain), then)

    @precondition(lambda self: self.world.alive())
    @rule(which=ANY, then=TIMES)
    def kill(self, which: int, then: float) -> None:
        self._one(which, lambda process: process.wires.kill(), then)

    @precondition(lambda self: self.world.alive())
    @rule(
        which=ANY,
        call=st.sampled_from(CALLS),
        afterwards=st.booleans(),
        deadly=st.booleans(),
        then=TIMES,
    )
    def trap(self, which: int, call: str, afterwards: bool, deadly: bool, then: float) -> None:
        """Kills or pauses a process at its next call of that name."""
        trap = Trap(call, afterwards, deadly)
        self._one(which, lambda process: setattr(process.wires, "trap", trap), then)

    @precondition(lambda self: self.world.alive())
    @rule(which=ANY, then=TIMES)
    def pause(self, which: int, then: float) -> None:
        self._one(which, lambda process: process.wires.pause(), then)

    @precondition(lambda self: any(each.wires.hangs for each in self.world.alive()))
    @rule(then=TIMES)
    def wake(self, then: float) -> None:
        for process in self.world.alive():
            process.wires.wake()
        self.world.run(then)

    @rule(
        plan=slow_plans(),
        call=st.sampled_from(CALLS),
        afterwards=st.booleans(),
        seconds=st.sampled_from([13, 16, 21]),
        then=TIMES,
    )
    def overtake(
        self, plan: Plan, call: str, afterwards: bool, seconds: float, then: float
    ) -> None:
        """Whoever gets as far as that call falls asleep over it, and another one takes over."""
        for process in self.world.alive():
            process.wires.trap = Trap(call, afterwards, deadly=False)
        self.world.publish("z", plan)
        self.world.run(2 + plan.seconds)
        for process in self.world.alive():
            process.wires.trap = None
        self.world.within(self.world.begin)
        self.world.run(seconds)
        self.wake(then)

    @rule(entries=st.integers(1, 5), then=TIMES)
    def refuse(self, entries: int, then: float) -> None:
        self.world.bus.refuse_next = entries
        self.world.run(then)

    @rule(transactions=st.integers(1, 12), then=TIMES)
    def beat_to_it(self, transactions: int, then: float) -> None:
        """The next transactions meet what somebody else has written."""
        self.world.ledger.conflicts = transactions
        self.world.run(then)

    @rule(outage=st.sampled_from(["queue", "ledger", "bus", "forge"]), then=TIMES)
    def take_down_or_up(self, outage: str, then: float) -> None:
        """One at a time, as otherwise hardly anything would ever get done."""
        down = [each for each in self.world.outages() if each.down]
        for each in down or [getattr(self.world, outage)]:
            each.down = not each.down
        self.world.run(then)

    @precondition(lambda self: self.world.queue.dead_letters)
    @rule(mended=st.booleans(), then=TIMES)
    def redrive(self, mended: bool, then: float) -> None:
        self.world.redrive(mended=mended)
        self.world.run(then)

    @rule(seconds=st.sampled_from([1, 5, 15, 60, 130]))
    def let_time_pass(self, seconds: float) -> None:
        self.world.run(seconds)

    @invariant()
    def g1_no_loss(self) -> None:
        self.world.check()
        self._holds("G1")

    @invariant()
    def g2_one_effect(self) -> None:
        self._holds("G2")

    @invariant()
    def g3_fencing(self) -> None:
        self._holds("G3")

    @invariant()
    def g4_group_order(self) -> None:
        self._holds("G4")

    @invariant()
    def g6_publish(self) -> None:
        self._holds("G6")

    @invariant()
    def g7_poison(self) -> None:
        self._holds("G7")

    @invariant()
    def g10_liveness(self) -> None:
        self._holds("G10")

    def teardown(self) -> None:
        try:
            if not self.world.witness.broken:
                self.world.settle()
                for _, what in self.world.witness.broken:
                    raise AssertionError(what)
        finally:
            self.world.close()

    def _one(self, which: int, happens: Callable[[Process], object], then: float) -> None:
        processes = self.world.alive()
        happens(processes[which % len(processes)])
        self.world.run(then)

    def _holds(self, guarantee: Guarantee) -> None:
        broken = facts(self.world.witness.broken, guarantee)
        assert not broken, broken


def prove(examples: int, steps: int, **others: Any) -> None:
    """Tells so many stories. Raises AssertionError with the name of the guarantee that is broken.

    `others` are Hypothesis's settings.
    """
    run_state_machine_as_test(
        Fleet,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            **others,
        ),
    )
