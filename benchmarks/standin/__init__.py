"""A fast local SQS, EventBridge and DynamoDB, for measuring the programs that talk to them."""
