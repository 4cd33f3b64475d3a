"""What the rows of a split can do, whatever they hold: some are picked by number, by a column's value, or at random."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any, ClassVar, TypeVar

Some = TypeVar("Some", bound="Rows")


class Rows:
    """The base of frozen dataclasses whose fields are tuples with a value for each row, and `columns` of such tuples.

    Example: `class Pairs(Rows): ...`, with the fields `first`, `second` and `columns`, can do `pairs.pick([3, 0])`.

    Attributes:
        columns: what else the file says of each row.
        shared: the fields that belong to all rows together.
        called: what rows are called in messages.
    """

    columns: Mapping[str, tuple[str, ...]]
    shared: ClassVar[tuple[str, ...]] = ()
    called: ClassVar[str] = "rows"

    def __len__(self) -> int:
        return len(next(iter(self._values().values())))

    def _values(self) -> dict[str, tuple[Any, ...]]:
        this: Any = self  # a dataclass, once it is made
        names = [field.name for field in fields(this)]
        return {name: getattr(self, name) for name in names if name not in (*self.shared, "columns")}

    def pick(self: Some, numbers: Iterable[int]) -> Some:
        """Return the rows of these numbers, in this order. Example: `train.pick([3, 0])` has two.

        A field without any values, as where a file has none of a kind, stays so.
        """
        numbers, count = list(numbers), len(self)

        def picked(values: tuple[Any, ...]) -> tuple[Any, ...]:
            return tuple(values[i] for i in numbers) if len(values) == count else values

        this: Any = self
        columns = {name: picked(values) for name, values in self.columns.items()}
        found: Some = replace(
            this, columns=columns, **{name: picked(values) for name, values in self._values().items()}
        )
        return found

    def where(self: Some, column: str, value: str) -> Some:
        """Return the rows for which a column has a value. Example: `reviews.where("slice", "sarcasm")`.

        KeyError if there is no such column.
        """
        return self.pick(i for i, found in enumerate(self.columns[column]) if found == value)

    def sample(self: Some, count: int, seed: int) -> Some:
        """Draw rows. Example: `train.sample(16, seed=0)`.

        Those of a smaller sample are among those of a larger one with the same seed. ValueError if there are too few.
        """
        if not 0 <= count <= len(self):
            raise ValueError(f"{count} {self.called} cannot be drawn from {len(self)}: ask for fewer")
        return self.pick(random.Random(seed).sample(range(len(self)), len(self))[:count])
