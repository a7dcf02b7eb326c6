"""How events travel: the table of routes, what follows from it, the way on and off the wire."""
