"""Faults of one line that break what no random story tells of, and the test that catches each."""

from dataclasses import dataclass

from tests.workers.runtime.faults.line import FaultyLine


@dataclass(frozen=True, slots=True)
class TestedFault(FaultyLine):
    """The named test finds it. `embedded` is said of those whose test asks the embedded AWS."""

    __test__ = False

    breaks: str
    test: str
    embedded: bool = False


RUNTIME = "workers/runtime"
ADAPTERS = "workers/adapters"
TESTS = "tests/workers/runtime"
LEDGER = "tests/adapters/conformance/test_ledger_conformance.py"

TESTED_FAULTS = (
    TestedFault(
        "DynamoDB gives what is done to the next one",
        f"{ADAPTERS}/dynamodb_ledger.py",
        "attribute_not_exists(delivery) OR (#state = :claimed AND lease_until <= :now)",
        "attribute_not_exists(delivery) OR lease_until <= :now",
        "G2",
        f"{LEDGER}::test_an_answer_is_kept_as_it_was_until_it_is_published[dynamodb]",
        embedded=True,
    ),
    TestedFault(
        "DynamoDB lets a late owner commit",
        f"{ADAPTERS}/ledger_statements.py",
        """AND "token"=?'""",
        """AND "token">=?'""",
        "G3",
        f"{LEDGER}::test_an_owner_that_was_succeeded_changes_nothing[dynamodb]",
        embedded=True,
    ),
    TestedFault(
        "DynamoDB lets a late owner write",
        f"{ADAPTERS}/dynamodb_ledger.py",
        '"#state = :claimed AND #token = :token"',
        '"#state = :claimed AND #token >= :token"',
        "G3",
        f"{LEDGER}::test_business_writes_are_made_with_the_answer_or_not_at_all",
        embedded=True,
    ),
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
        "leases are renewed by the loop that handlers may block",
        f"{RUNTIME}/renewal_thread.py",
        "over = asyncio.wrap_future(executor.submit(self._thread, stop))",
        "over = asyncio.ensure_future(self._beat(stop))",
        "G5",
        "tests/adapters/test_renewal_thread.py"
        "::test_nothing_is_opened_before_there_is_anything_to_renew",
    ),
    TestedFault(
        "a beat renews no message",
        f"{RUNTIME}/heartbeat.py",
        "*map(self._hide, batches),",
        "*(),",
        "G5",
        f"{TESTS}/test_heartbeat.py::test_a_beat_renews_messages_by_ten_and_claims_each",
    ),
    TestedFault(
        "a worker starts without its bus",
        "workers/process.py",
        "await events.describe_event_bus(Name=settings.names.bus)",
        "pass",
        "G6",
        "tests/workers/test_process_bus.py::test_a_worker_does_not_start_without_its_bus",
        embedded=True,
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
        "a redriven event has a new id",
        "workers/cli/dlq/destination.py",
        '"id": str(outer.get("id") or letter.message_id)',
        '"id": letter.message_id',
        "G8",
        "tests/cli/test_dlq_destination.py::test_what_a_route_takes_now_goes_to_the_bus_as_it_came",
    ),
    TestedFault(
        "a redrive does not wait for its turn",
        "workers/cli/dlq/rate.py",
        "return max(0.0, self._full_at - now - self._burst * self._interval)",
        "return 0.0",
        "G8",
        "tests/cli/test_dlq_rate.py::test_the_first_goes_at_once_and_the_next_wait_for_their_turn",
    ),
    TestedFault(
        "a letter that the bus refused is removed",
        "workers/cli/dlq/redrive.py",
        'if "ErrorCode" in answer:',
        "if False:",
        "G8",
        "tests/cli/test_dlq_redrive.py::test_what_the_bus_refuses_stays",
        embedded=True,
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
        "a drain starts what its last receive brings",
        f"{RUNTIME}/consumer.py",
        "self._groups.add(messages)",
        "self._groups.add(messages); self._start()",
        "G9",
        f"{TESTS}/test_consumer.py"
        "::test_what_an_outstanding_receive_brings_in_a_drain_goes_back_unstarted",
    ),
    TestedFault(
        "a drain waits however long its handlers take",
        f"{RUNTIME}/drain.py",
        "return max(0.0, self._deadline - asyncio.get_running_loop().time())",
        "return None",
        "G9",
        f"{TESTS}/test_health.py::test_what_runs_is_cut_off_in_time_and_given_back",
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
        "a stalled process goes on",
        f"{RUNTIME}/health.py",
        "self._end(EXIT_STALLED)",
        "pass",
        "G10",
        f"{TESTS}/test_health.py::test_the_watchdog_says_one_line_and_ends_the_process",
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
        "an older version is read as the newest",
        "schemas/upcasting.py",
        "if link >= version:",
        "if False:",
        "G11",
        "tests/schemas/test_contracts_upcasting.py::test_every_version_is_read_as_the_newest",
    ),
    TestedFault(
        "what arrives is not validated",
        "events/codec.py",
        "return model.model_validate_json(text)",
        "return model.model_construct(**fields)",
        "G11",
        "tests/events/test_codec.py::test_every_wrong_field_is_named_by_its_path",
    ),
    TestedFault(
        "a handler may publish anything",
        f"{RUNTIME}/handlers.py",
        "if not isinstance(event, route.publishes):",
        "if False:",
        "G11",
        f"{TESTS}/test_delivery.py"
        "::test_an_answer_that_the_route_does_not_allow_is_a_bug_and_not_an_effect",
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
        "a broken trace fails its delivery",
        f"{RUNTIME}/tracing.py",
        "if found is None:",
        "if header is None:",
        "G12",
        f"{TESTS}/test_delivery.py"
        "::test_a_broken_trace_in_the_metadata_leaves_the_one_of_the_queue",
    ),
    TestedFault(
        "a dead letter is in no trace",
        f"{RUNTIME}/parking.py",
        "trace=(envelope.trace if envelope else None) or message.trace,",
        "trace=None,",
        "G12",
        f"{TESTS}/test_parking.py"
        "::test_a_parking_is_completed_from_the_message_the_clock_and_the_installation",
    ),
    TestedFault(
        "each part is a request",
        f"{RUNTIME}/coalescer.py",
        "requests = self._cut([part for part, _ in waiting])",
        "requests = [[part] for part, _ in waiting]",
        "G13",
        f"{TESTS}/test_settler.py::test_what_is_deleted_at_once_goes_as_one_request_of_ten",
    ),
    TestedFault(
        "an idle consumer asks twice as often",
        f"{RUNTIME}/consumer.py",
        "limit, wait = min(BATCH_LIMIT, self._groups.room), self._pace.wait",
        "limit, wait = min(BATCH_LIMIT, self._groups.room), self._pace.wait / 2",
        "G13",
        f"{TESTS}/test_consumer.py::test_an_idle_consumer_asks_once_in_twenty_seconds",
    ),
)
