"""Repairs what the policy gate rejects, and acts when a release does not behave."""
