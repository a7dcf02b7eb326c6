"""Where an emulator is not as AWS, as far as a test would notice; the fakes go with AWS.

`DIFFERENCES` says of a fact and a backend why the fact does not hold there. Its test must fail
there, and in that way; on the day that the emulator mends it, the build says so and the line is to
go. The facts are the names of the tests beside this file. docs/emulators.md sums them up.
"""

from collections.abc import Mapping
from dataclasses import dataclass

FAKE, MINISTACK, LOCALSTACK = "fake", "ministack", "localstack"


@dataclass(frozen=True, slots=True)
class Difference:
    """Why the fact fails there, and with which error its test says so."""

    reason: str
    raises: type[Exception] = AssertionError


_NO_TOTAL = (
    "AWS bounds a lease to twelve hours since the receive (ChangeMessageVisibility). The emulator "
    "takes any number of seconds."
)
_NO_ATTEMPTS = (
    "AWS answers a receive with a repeated ReceiveRequestAttemptId with the same messages and "
    "receipts. The emulator ignores the id, and hides them until their leases end."
)
_TAKES_A_LAPSED = (
    "AWS expires a FIFO queue's receipt with its visibility timeout. MiniStack takes it until the "
    "message is received anew."
)
_VISIBLE_IS_ENOUGH = (
    "AWS gives nothing of a group from behind a hidden message. LocalStack opens the whole group "
    "when any one message of it is made visible by ChangeMessageVisibility."
)
_KEEPS_OLD_RECEIPTS = (
    "AWS expires a FIFO queue's receipt with its visibility timeout. LocalStack takes every "
    "receipt that a message ever had, as long as somebody holds it."
)

DIFFERENCES: Mapping[tuple[str, str], Difference] = {
    ("a_group_gives_what_lies_before_its_first_hidden_message", MINISTACK): Difference(
        "AWS gives what lies before the first hidden message of a group. MiniStack gives nothing "
        "of a group that has a message in flight anywhere."
    ),
    ("a_group_gives_nothing_from_behind_a_hidden_message", LOCALSTACK): Difference(
        _VISIBLE_IS_ENOUGH
    ),
    ("a_group_comes_whole_when_all_of_it_is_given_back", LOCALSTACK): Difference(
        _VISIBLE_IS_ENOUGH
    ),
    ("a_backoff_holds_the_group_and_no_other", LOCALSTACK): Difference(_VISIBLE_IS_ENOUGH),
    ("no_lease_is_longer_than_twelve_hours", MINISTACK): Difference(_NO_TOTAL),
    ("no_lease_is_longer_than_twelve_hours", LOCALSTACK): Difference(_NO_TOTAL),
    ("a_late_owner_can_not_hide", LOCALSTACK): Difference(_KEEPS_OLD_RECEIPTS),
    ("a_late_owner_can_not_delete", LOCALSTACK): Difference(_KEEPS_OLD_RECEIPTS),
    ("a_lapsed_receipt_deletes_nothing", MINISTACK): Difference(_TAKES_A_LAPSED),
    ("a_lapsed_receipt_hides_nothing", MINISTACK): Difference(_TAKES_A_LAPSED),
    ("a_lapsed_receipt_hides_nothing", LOCALSTACK): Difference(
        "AWS refuses to hide what is not in flight (MessageNotInflight). LocalStack says that it "
        "did, and does nothing."
    ),
    ("a_second_delete_succeeds", MINISTACK): Difference(
        "AWS answers a delete of what is deleted as done (DeleteMessage). MiniStack refuses its "
        "receipt. The consumer treats both alike: nothing is left to settle."
    ),
    ("a_receive_that_is_repeated_returns_the_same_again", MINISTACK): Difference(_NO_ATTEMPTS),
    ("a_receive_that_is_repeated_returns_the_same_again", LOCALSTACK): Difference(_NO_ATTEMPTS),
    ("a_late_owner_is_told_that_its_delete_succeeded", MINISTACK): Difference(
        "AWS answers a delete by a late receipt of a standard queue as done, whether it deletes or "
        "not (DeleteMessage). MiniStack refuses it."
    ),
}

# What no test asks of an emulator, since it would take minutes or a hundred thousand messages. The
# fake alone is held to it.
UNASKED: Mapping[str, str] = {
    "the end of the deduplication window and of an attempt id": "both take five minutes",
    "the limit of messages in flight": "120,000; neither emulator has one",
    "how far a receive looks for a group": "120,000 messages; neither emulator stops looking",
}

# PutEvents to a bus that is not there is accepted by both and goes nowhere.
ACCEPTS_A_MISSING_BUS = True

# The time that PutEvents was given is the event's on AWS; MiniStack puts its own.
LOSES_THE_TIME_OF_AN_ENTRY = True
