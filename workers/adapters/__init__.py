"""One outside system a file: what the ports promise, said to that system in its own words."""
