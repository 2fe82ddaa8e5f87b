"""From a meter's value to the market's number: unit, transformer ratio, decimals. Exact, or refused."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from emtkit.model.errors import EncodeError
from emtkit.model.units import EXACT, convert

if TYPE_CHECKING:
    from emtkit.export.mscons.market_registers import Location, Register
    from emtkit.export.mscons.use_cases import UseCase
    from emtkit.points import Point

MAX_MAGNITUDE: Final = 34  # QTY 6060 n..35


class Scale(NamedTuple):
    """How the values of one register become numbers of a message.

    unit       unit of the values
    wanted     unit of the message
    factor     from unit to wanted, None where no finite decimal number is (J to kWh)
    ratio      transformer ratio that goes in
    decimals   decimals at most
    announced  the point, or the market's rule, says how many decimals there are: further ones are rounded or cut,
               else refused
    rounding   half up; a meter reading is cut, as the display does
    places     the factor as a power of ten, where it is one: moving the point is faster
    """

    unit: str
    wanted: str
    factor: Decimal | None
    ratio: Decimal
    decimals: int
    announced: bool
    rounding: str
    places: int | None = None

    def apply(self, value: Decimal) -> Decimal:
        """Return the number. Raises EncodeError `mscons.decimals`, `mscons.number`, `unit.inexact`."""
        if not value.is_finite() or not -MAX_MAGNITUDE <= value.adjusted() <= MAX_MAGNITUDE:
            raise EncodeError("mscons.number", f"{value} {self.unit} is no number that a message can hold")
        if self.places is not None:
            number = value.scaleb(self.places, EXACT)
        elif self.factor is not None:
            number = EXACT.multiply(value, self.factor)
        else:
            number = convert(EXACT.multiply(value, self.ratio), self.unit, self.wanted)
        # `0.971` without looking at its digits one by one; `1.2E+3` and `1E-9` are rare
        whole, _, decimals = str(number).partition(".")
        return self._shorten(number) if len(decimals) > self.decimals or "E" in (decimals or whole) else number

    def _shorten(self, number: Decimal) -> Decimal:
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and exponent >= -self.decimals:
            return number
        shorter = number.quantize(Decimal(1).scaleb(-self.decimals), self.rounding, EXACT)
        if shorter != number and not self.announced:
            raise EncodeError(
                "mscons.decimals",
                f"{number} {self.wanted} has more than {self.decimals} decimals; measured values are rounded only "
                "to the decimals that were announced for the register (field decimals of the point)",
            )
        return shorter


def scale_of(case: UseCase, register: Register, kind: Location, point: Point, unit: str) -> Scale:
    """Return the scale of one register. Raises EncodeError `unit.incompatible`, ConfigError `points.missing`."""
    ratio = Decimal(1)
    if case.ratio_included and register.ratio:
        point.require("ratio")
        ratio = point.ratio if point.ratio is not None else ratio
    wanted = register.unit
    try:
        factor: Decimal | None = EXACT.multiply(convert(Decimal(1), unit, wanted), ratio)
    except EncodeError as error:
        if error.code != "unit.inexact":
            raise
        factor = None
    whole = kind in register.whole
    decimals = 0 if whole else register.decimals
    return Scale(
        unit,
        wanted,
        factor,
        ratio,
        decimals if point.decimals is None else min(point.decimals, decimals),
        announced=whole or point.decimals is not None,
        rounding=ROUND_HALF_UP if case.ratio_included else ROUND_DOWN,
        places=None if factor is None or factor.as_tuple().digits != (1,) else factor.adjusted(),
    )
