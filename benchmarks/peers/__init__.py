"""The same work, done by one library a module. Each runs as a process of its own."""
