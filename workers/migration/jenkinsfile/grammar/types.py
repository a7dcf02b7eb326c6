"""Types, which are looked at but not taken apart: their text is enough."""

from workers.migration.jenkinsfile.grammar.cursor import Cursor

PRIMITIVES = frozenset(
    ["void", "boolean", "byte", "char", "short", "int", "long", "float", "double"]
)
_ANGLES = {"<": 1, ">": -1, ">>": -2, ">>>": -3}
_IN_ANGLES = frozenset(("name", ".", ",", "?", "extends", "super", "[", "]", "&", "newline"))


class Types(Cursor):
    """Where types end."""

    def type_end(self, index: int) -> int:
        """The index after the type that begins here, or -1 when none does."""
        if self.kinds[index] != "name":
            return -1
        index += 1
        while self.kinds[index] == "." and self.kinds[index + 1] == "name":
            index += 2
        if self.kinds[index] == "<":
            index = self._angles_end(index)
        while index > 0 and self.kinds[index] == "[" and self.kinds[index + 1] == "]":
            index += 2
        return index

    def is_type(self, first: int, end: int) -> bool:
        """Whether these tokens can only be a type: Groovy goes by the capital of the last word."""
        if end < 0:
            return False
        if self.kinds[end - 1] != "name":
            return True
        word = self.tokens.text(end - 1)
        return word[0].isupper() or (end == first + 1 and word in PRIMITIVES)

    def type_text(self, first: int, end: int) -> str:
        """A type as it is written."""
        return self.source.text[self.starts[first] : self.ends[end - 1]]

    def take_type(self) -> str:
        """A type that must stand here."""
        first, end = self.at, self.type_end(self.at)
        if end < 0:
            self.fail("expected a type")
        self.move(end)
        return self.type_text(first, end)

    def _angles_end(self, index: int) -> int:
        level = 0
        while True:
            kind = self.kinds[index]
            if kind in _ANGLES:
                level += _ANGLES[kind]
            elif kind not in _IN_ANGLES:
                return -1
            index += 1
            if level <= 0:
                return index if level == 0 else -1
