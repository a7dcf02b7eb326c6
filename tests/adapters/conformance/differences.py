"""Where MiniStack differs from AWS, as far as a test would notice; the fakes go with AWS.

A test that leans on one of these names it. When MiniStack mends it, that test fails, and the line
here goes.
"""

# A lapsed receipt, before anybody has received the message anew. AWS: "If you don't delete a
# message within the visibility timeout" a FIFO queue's receipt handle expires (DeleteMessage:
# InvalidParameterValue, "the receipt handle has expired"). MiniStack takes it until the next
# receive.
TAKES_A_LAPSED_RECEIPT = True

# Deleting again what is deleted succeeds on AWS (API reference, DeleteMessage: "If you delete a
# message that was already deleted ... no error"). MiniStack refuses the receipt, and the fake
# counts it as lost: the consumer treats both alike, since nothing is left to settle.
REFUSES_A_SECOND_DELETE = True

# PutEvents to a bus that is not there is accepted by both and goes nowhere.
ACCEPTS_A_MISSING_BUS = True

# The time that PutEvents was given is the event's on AWS; MiniStack puts its own.
LOSES_THE_TIME_OF_AN_ENTRY = True
