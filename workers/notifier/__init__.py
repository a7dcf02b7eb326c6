"""The notifier: writes the report of a closed workflow and tells who asked for it."""
