"""A small client of SQS, EventBridge and DynamoDB for the calls that are made all the time.

It speaks as aiobotocore's clients do: the same methods, answers and exceptions. What is rarely
called goes to such a client, which is opened when it is first needed.
"""
