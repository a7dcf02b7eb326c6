"""`flotilla dlq`: what could not be handled, why, and the ways back."""
