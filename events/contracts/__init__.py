"""The schemas of events as files, and the gate that keeps what was promised in them."""
