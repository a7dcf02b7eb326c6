"""The workers, the runtime that carries them, and what they need from outside."""
