"""The policy worker: judges what was made against the rules in `policies/`; finds secrets."""
