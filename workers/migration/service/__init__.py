"""Typed functions for whoever serves requests for migrations over HTTP."""
