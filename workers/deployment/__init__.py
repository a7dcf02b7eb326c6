"""The deployment worker: provisions what a release needs, and rolls it out."""
