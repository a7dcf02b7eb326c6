"""From a pipeline to a workflow, with an entry in the ledger for every statement."""
