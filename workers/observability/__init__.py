"""Observability: looks at a release from outside and judges what it saw."""
