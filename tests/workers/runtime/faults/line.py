"""A fault of one line, and how it is planted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FaultyLine:
    """`old` is a line of a module of the product, or a part of one; `new` stands in its place."""

    name: str
    module: str
    old: str
    new: str

    def planted(self, source: str) -> str:
        """The source with the fault. Raises ValueError unless the line is there exactly once."""
        if (places := source.count(self.old)) != 1:
            raise ValueError(f"{self.name}: {self.old!r} is {places} times in {self.module}")
        return source.replace(self.old, self.new)
