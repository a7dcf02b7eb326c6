"""What carries every worker: receive, decode, claim, handle, commit, publish, settle."""
