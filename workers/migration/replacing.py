"""`replace` of dataclasses for those that are replaced at almost every statement of a source.

Where instances have a `__dict__`, a copy is made of it at once, and not field by field: a frame has
sixteen fields, of which one or two change. Checked by types as the one of `dataclasses`.
"""

from typing import TYPE_CHECKING

__all__ = ["replace"]

if TYPE_CHECKING:
    from dataclasses import replace
else:
    import dataclasses

    def replace(value, /, **changes):
        """The same value with other fields."""
        if not hasattr(value, "__dict__"):
            return dataclasses.replace(value, **changes)
        made = object.__new__(type(value))
        fields = made.__dict__
        fields.update(value.__dict__)
        fields.update(changes)
        return made
