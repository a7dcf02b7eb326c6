"""The fleet on one machine: embedded AWS, stacks, and every worker as a process of its own."""
