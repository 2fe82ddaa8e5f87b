"""The forms of the two files that a user writes: the device map (`codecs.toml`) and the mapping of a formatter.

Device map: `[[codec]]` with `file`, and whose it is (`device`, `dev_eui`, `join_eui`, `ports`; none given: any).
Mapping: `[[field]]` with the `path` of a value in the formatter's output and what it is; `[[example]]` are its tests.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from emtkit.model.errors import EmtkitError
from emtkit.model.obis import Obis
from emtkit.model.reading import Function  # noqa: TC001 - pydantic reads the annotations
from emtkit.model.units import QUANTITIES, UNITS

PATH: Final = re.compile(r"[^.\[\]]+(?:\[(?:\d+|\*)\])*(?:\.[^.\[\]]+(?:\[(?:\d+|\*)\])*)*")


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _listed(value: Any) -> Any:  # noqa: ANN401 - what TOML holds
    return value if isinstance(value, list) else [value]


_Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]


class CodecEntry(_Form):
    """One line of a device map. All that is given must fit; of a list, one.

    file       the formatter; mapping: its mapping (not given: the TOML file of the same name beside it, if any)
    device     words of the device's name or of its profile; dev_eui: first digits; join_eui: whole; ports
    variables  what the formatter finds in `input.variables`
    """

    file: str
    mapping: str | None = None
    device: _Texts = ()
    dev_eui: _Texts = ()
    join_eui: _Texts = ()
    ports: Annotated[tuple[int, ...], BeforeValidator(_listed)] = ()
    variables: dict[str, bool | int | Decimal | str] = Field(default_factory=dict)

    @field_validator("device")
    @classmethod
    def _small(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(text.lower() for text in value)

    @field_validator("dev_eui", "join_eui")
    @classmethod
    def _digits(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(re.sub(r"[\s:-]", "", text).upper() for text in value)


class DeviceMap(_Form):
    """A device map. `root`: where the formatters are, seen from the map (a checkout); not given: beside it."""

    root: str = "."
    codec: tuple[CodecEntry, ...] = Field(min_length=1)


class FieldRule(_Form):
    """What one value of a formatter's output is.

    path      `a.b`, `a[0].b`; `a[*].b` for each element of a list
    unit      the unit of the formatter's number; readings have the base unit
    scale     exact factor before the unit, `decimals`: round to so many places first (0.30000000000000004)
    invalid   values that mean "none"
    time      path of the value's time: ISO 8601, or seconds or milliseconds since 1970
    counts    what grows by one from element to element of a `[*]`
    """

    path: str
    name: str
    quantity: str = "any"
    unit: str | None = None
    obis: str | None = None
    scale: Decimal = Decimal(1)
    decimals: int | None = Field(default=None, ge=0, le=30)
    invalid: tuple[Decimal | str, ...] = ()
    time: str | None = None
    function: Function = "instantaneous"
    storage: int = Field(default=0, ge=0)
    tariff: int = Field(default=0, ge=0)
    subunit: int = Field(default=0, ge=0)
    modifiers: tuple[str, ...] = ()
    counts: Literal["storage", "tariff", "subunit", "nothing"] = "storage"

    @model_validator(mode="after")
    def _known(self) -> Self:
        for path in filter(None, (self.path, self.time)):
            if not PATH.fullmatch(path) or path.count("[*]") > 1:
                raise ValueError(f"{path!r} is no path such as a.b, a[0].b or a[*].b")
        if self.quantity not in QUANTITIES:
            raise ValueError(f"no quantity {self.quantity!r}")
        base = QUANTITIES[self.quantity]
        if self.unit is not None and self.quantity != "any":
            have = UNITS.get(self.unit)
            wanted = None if base is None else UNITS[base].dimension
            if (
                have is None
                or wanted is None
                or not (have.dimension == wanted or have.dimension.startswith(f"{wanted}_"))
            ):
                raise ValueError(f"{self.quantity} is not measured in {self.unit!r}")
        if base is not None and self.unit is None:
            raise ValueError(f"{self.quantity} needs a unit, such as {base!r}")
        if self.obis is not None:
            try:
                Obis.parse(self.obis)
            except EmtkitError as error:
                raise ValueError(error.message) from None
        return self


class Expected(_Form):
    """A reading that an example must give."""

    name: str
    value: Decimal | str | None
    storage: int | None = None


class Example(_Form):
    """A payload and its readings."""

    fport: int
    payload: str
    received_at: str | None = None
    expect: tuple[Expected, ...] = ()

    @field_validator("payload")
    @classmethod
    def _hex(cls, value: str) -> str:
        bytes.fromhex(value)
        return value


class Mapping(_Form):
    """What the fields of a formatter mean.

    device_type  the medium, as M-Bus counts it
    ignore       paths that are no readings (copies of other fields, texts for people)
    status       path = word: where the value is true, the meter's status has this word
    """

    title: str = ""
    source: str = ""
    device_type: int | None = Field(default=None, ge=0, le=255)
    ignore: tuple[str, ...] = ()
    status: dict[str, str] = Field(default_factory=dict)
    field: tuple[FieldRule, ...] = ()
    example: tuple[Example, ...] = ()
