"""The prices of AWS that a bill is made from, read from a file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

PRICES = Path(__file__).resolve().parent / "prices.toml"


class PricesFailed(Exception):
    """Raised for a file of prices that can't be used; says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Price:
    """So many dollars for so many units. `read_at` is where the figure of `as_of` was read."""

    dollars: float
    per: int
    unit: str
    source: str
    read_at: str
    as_of: date

    @property
    def each(self) -> float:
        """Dollars for one unit."""
        return self.dollars / self.per


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of a region, and the day on which they were looked up."""

    region: str
    currency: str
    checked: date
    by_name: Mapping[str, Price]

    def each(self, name: str) -> float:
        """Dollars for one unit of that name. Raises PricesFailed."""
        try:
            return self.by_name[name].each
        except KeyError:
            raise PricesFailed(f"there is no price for {name}") from None


def prices(path: Path = PRICES) -> Prices:
    """The prices in a file. Raises PricesFailed, OSError."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise PricesFailed(f"{path}: {error}") from error
    tables = {name: table for name, table in said.items() if isinstance(table, dict)}
    try:
        heads = (said["region"], said["currency"], said["checked"])
    except KeyError as error:
        raise PricesFailed(f"{path}: {error.args[0]} is missing") from error
    return Prices(*heads, {name: _price(path, name, table) for name, table in tables.items()})


def _price(path: Path, name: str, table: Mapping[str, Any]) -> Price:
    try:
        price = Price(**table)
    except TypeError as error:
        raise PricesFailed(f"{path}: {name}: {error}") from error
    if price.dollars < 0 or price.per < 1:
        raise PricesFailed(f"{path}: {name}: {price.dollars} dollars for {price.per}")
    return price
