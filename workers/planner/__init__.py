"""Turns a request into a checked, acyclic plan, or says why it can't."""
