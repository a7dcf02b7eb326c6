"""The command line: one file a command, thin over the fleet and the runtime."""
