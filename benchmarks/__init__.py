"""What Flotilla's speed is measured with, beside the same work done by others."""
