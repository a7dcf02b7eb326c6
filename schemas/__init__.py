"""Contracts: what events mean on the wire. Pydantic only, no I/O; all other layers import it."""
