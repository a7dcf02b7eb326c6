"""Whether the guarantees hold when processes die: real workers, killed, paused and restarted."""
