"""Faults of one line that break what no random story tells of, and the test that catches each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TestedFault:
    """`old` is a part of one line of a module of the product; `new` stands in its place."""

    __test__ = False

    name: str
    module: str
    old: str
    new: str
    breaks: str
    test: str

    def planted(self, source: str) -> str:
        """The source with the fault. Raises ValueError unless the line is there exactly once."""
        if (places := source.count(self.old)) != 1:
            raise ValueError(f"{self.name}: {self.old!r} is {places} times in {self.module}")
        return source.replace(self.old, self.new)


RUNTIME = "workers/runtime"
TESTS = "tests/workers/runtime"

TESTED_FAULTS = (
    TestedFault(
        "a lost lease cancels nobody",
        f"{RUNTIME}/leases.py",
        'owner.get_loop().call_soon_threadsafe(owner.cancel, "lease lost")',
        "pass",
        "G5",
        f"{TESTS}/test_leases.py::test_a_lost_lease_cancels_its_owner_once_and_is_not_renewed",
    ),
    TestedFault(
        "a lease is kept however long its handler takes",
        f"{RUNTIME}/leases.py",
        "return [each for each in held if each.until is not None and each.until < now]",
        "return []",
        "G5",
        f"{TESTS}/test_leases.py::test_an_owner_has_its_longest_time_and_no_more",
    ),
    TestedFault(
        "the renewing thread renews nothing",
        f"{RUNTIME}/renewal_thread.py",
        "pause = await heartbeat.beat()",
        "pass",
        "G5",
        "tests/adapters/test_renewal_thread.py"
        "::test_a_handler_that_blocks_the_loop_for_longer_than_the_lease_keeps_it",
    ),
    TestedFault(
        "a redriven message is a duplicate of its parking",
        "workers/cli/dlq/destination.py",
        'return f"redriven-{letter.message_id}"',
        'return "redriven"',
        "G8",
        "tests/cli/test_dlq_destination.py"
        "::test_a_letter_received_again_keeps_its_deduplication_id_and_one_parked_again_does_not",
    ),
    TestedFault(
        "a drain keeps what has not started",
        f"{RUNTIME}/consumer.py",
        "await self._settler.give_back(list(self._groups.drain()))",
        "self._groups.drain()",
        "G9",
        f"{TESTS}/test_consumer.py"
        "::test_a_drain_finishes_what_runs_and_gives_the_rest_back_in_order",
    ),
    TestedFault(
        "a poll may take for ever",
        f"{RUNTIME}/health.py",
        "late = ages.answered > limits.poll",
        "late = False",
        "G10",
        f"{TESTS}/test_health.py::test_a_poll_that_never_returns_is_found",
    ),
    TestedFault(
        "a new field may be required",
        "events/contracts/compatibility.py",
        "if name not in before:",
        "if False:",
        "G11",
        "tests/schemas/test_contracts_compatibility.py"
        "::test_every_break_of_a_change_is_told_at_once",
    ),
    TestedFault(
        "an outgoing event is in no trace",
        f"{RUNTIME}/run.py",
        "trace=trace.header,",
        "trace=None,",
        "G12",
        f"{TESTS}/test_delivery.py"
        "::test_outgoing_events_say_who_made_them_from_what_and_in_which_trace",
    ),
    TestedFault(
        "each part is a request",
        f"{RUNTIME}/coalescer.py",
        "requests = self._cut([part for part, _ in waiting])",
        "requests = [[part] for part, _ in waiting]",
        "G13",
        f"{TESTS}/test_settler.py::test_what_is_deleted_at_once_goes_as_one_request_of_ten",
    ),
)
