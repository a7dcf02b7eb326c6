"""The conductor: advances the task graph of a workflow, one event at a time."""
