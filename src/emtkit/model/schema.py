"""The JSON Schema of every output, and of the types behind the files that a user writes.

The classes below are the JSON contract (docs/json.md) as pydantic has it; the attribute docstrings become the
descriptions of the schema. Decoding does not use them: a test holds that what `to_dict()` gives is valid here.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, WithJsonSchema

from emtkit.model.decoded import SCHEMA, State, Verdict
from emtkit.model.reading import Function, TimeSource  # noqa: TC001 - pydantic reads the annotations

# A JSON number with all its digits. Read it with a decimal parser (`json.loads(text, parse_float=Decimal)`).
Number = Annotated[Decimal, WithJsonSchema({"type": "number"})]
Hex = Annotated[str, Field(pattern=r"^([0-9a-f]{2})*$")]
Moment = Annotated[str, Field(description="ISO 8601, with offset; a date alone where the meter gives no more")]
Severity = Literal["info", "warning", "error"]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class Strict(BaseModel):
    """All keys are always present, and there are no others."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Meter(Strict):
    """Who sent it."""

    manufacturer: str | None
    """Three FLAG letters, or four hex digits where the code is no letters"""
    id: str
    """Serial number as printed"""
    version: int | None
    """Version or generation of the device"""
    device_type: int | None
    """Device type (EN 13757-7), None where the protocol has none"""
    medium: str | None
    """The device type in words"""
    identifier: str | None
    """DIN 43863-5 identifier, where the parts allow it"""


class Protection(Strict):
    """How the content was protected and what became of that."""

    mode: int | None
    """The protocol's security mode, null where the frame has no such field"""
    verdict: Verdict
    """What became of it"""


class ReadingItem(Strict):
    """One value of one register."""

    quantity: str
    """What is measured; the names are those of docs/json.md"""
    value: Number | str | None
    """Exact number in `unit`; text, hex or ISO 8601 for other values; null where the meter says it is invalid"""
    unit: str | None
    """Base unit of the quantity"""
    obis: str | None
    """A-B:C.D.E*F"""
    name: str | None
    """What the register is called in the meter's description"""
    function: Function
    """Which value of the period it is"""
    storage: int
    """Storage number; 0 is the current value"""
    tariff: int
    """Tariff; 0 is the total"""
    subunit: int
    """Unit within the device"""
    modifiers: list[str]
    """What further qualifies the register"""
    time: Moment | None
    """When the value held"""
    time_source: TimeSource | None
    """Who says so: the meter, the gateway or the receiver"""
    status: str | None
    """What the protocol says of this very value"""
    raw: Hex
    """The bytes of the record, after decryption"""


class Finding(Strict):
    """Something that was noticed on the way."""

    severity: Severity
    """`--strict` counts warnings and errors"""
    code: str
    """Stable dotted code; `emtkit codes CODE` explains it"""
    layer: str
    """Layer that noticed it"""
    field: str
    """Path of the field, empty where it is the frame as a whole"""
    start: int | None
    """First byte in the input, null where it has no place there"""
    end: int | None
    """End in the input, exclusive"""
    message: str
    """A sentence for people; may change between versions"""


class Telegram(Strict):
    """One input frame: a line of `emtkit decode --format jsonl`."""

    schema_: Literal[1] = Field(alias="schema", description=f"Version of this contract, now {SCHEMA}")
    id: str | None
    """The id that the input had"""
    protocol: str | None
    """Protocol that took the frame, null if none did"""
    state: State
    """complete, partial (some records are not understood), opaque (sound but closed), failed"""
    meter: Meter | None
    """Who sent it"""
    received_at: Moment | None
    """Reception time, where the input has one"""
    security: Protection
    """How the content was protected"""
    status: list[str]
    """What the meter says of itself"""
    readings: list[ReadingItem]
    """The values"""
    diagnostics: list[Finding]
    """What was noticed"""


class SpanItem(Strict):
    """A run of input bytes and what it means."""

    start: int
    """First byte in the input"""
    end: int
    """End in the input, exclusive"""
    layer: str
    """Layer of the protocol"""
    field: str
    """Field of that layer, as the standard calls it"""
    raw: Hex
    """The bytes as they were read: decrypted where `view` says so"""
    meaning: str
    """A sentence for people"""
    value: Number | str | None
    """The value"""
    unit: str | None
    """Its unit"""
    view: str
    """Where they were read from: `input`, `decrypted` ..."""


class CheckItem(Strict):
    """A CRC, checksum, MAC or signature that was looked at."""

    name: str
    """What was checked"""
    ok: bool | None
    """null: could not be checked"""
    detail: str
    """What was expected and found"""
    start: int | None
    """First byte in the input"""
    end: int | None
    """End in the input, exclusive"""


class Explained(Strict):
    """A telegram byte by byte: `emtkit explain --format json`."""

    schema_: Literal[1] = Field(alias="schema", description=f"Version of this contract, now {SCHEMA}")
    spans: list[SpanItem]
    """Cover every byte of the input exactly once, in order"""
    checks: list[CheckItem]
    """Every check on the way"""
    decoded: Telegram
    """The telegram as `emtkit decode` gives it"""


class CodeItem(Strict):
    """A code and what it means: `emtkit codes --format json`."""

    code: str
    """Stable dotted code"""
    title: str
    """What happened"""
    why: str
    """Why it matters"""
    fix: str
    """What to do"""


class KeysEntry(Strict):
    """One entry of a key file, without its keys."""

    meter: str
    """Whom it is for"""
    label: str
    """Where it stands"""
    keys: int
    """How many keys"""
    authentication_keys: int
    """How many authentication keys"""
    bits: list[int]
    """Their lengths"""
    lorawan: list[str]
    """Uses of its LoRaWAN keys"""
    is_default: bool
    """Tried for every meter"""
    is_pattern: bool
    """For several meters"""


class KeysDuplicate(Strict):
    """A key that is there more than once."""

    kind: Literal["repeated", "shared"]
    """For the same meter, or for several"""
    labels: list[str]
    """Where"""
    meters: list[str]
    """For which meters"""


class KeysMeter(Strict):
    """What the keys did for one meter of a capture."""

    meter: Meter
    """Which meter"""
    candidates: int
    """How many keys there are for it"""
    specific: int
    """How many of these are not default keys"""
    telegrams: int
    """How many telegrams it sent"""
    verdicts: dict[Verdict, int]
    """What became of them"""
    used: dict[str, int]
    """Label of the key -> telegrams it opened"""
    needs_key: bool
    """Whether one of its telegrams stayed closed"""


class Keys(Strict):
    """What key files hold: `emtkit keys show --format json`, `emtkit keys check --format json`."""

    entries: list[KeysEntry]
    """In the order of the files"""
    duplicates: list[KeysDuplicate]
    """Keys that are there more than once"""
    meters: list[KeysMeter]
    """The meters of the captures"""
    unused: list[str]
    """Entries whose meter is not in the captures"""
    unknown: int
    """Telegrams that name no meter"""


class FamilyItem(Strict):
    """A meter family: `emtkit meters list --format json`."""

    name: str
    """Its name"""
    title: str
    """What people call these meters"""
    source: str
    """Where the facts come from"""
    match: list[str]
    """Whose meters, in words"""
    registers: list[str]
    """What its registers are called"""
    examples: int
    """How many example telegrams test it"""


class PayloadItem(Strict):
    """A payload of LoRaWAN devices: `emtkit payloads list --format json`."""

    name: str
    """Its name"""
    title: str
    """What people call the devices"""
    source: str
    """Where the layout is described"""
    medium: str | None
    """What the devices measure, if it is always the same"""
    match: list[str]
    """Which devices, in words"""
    alone: bool
    """Whether its payloads are also found when the device is unknown"""
    program: str | None
    """The program that reads it, if no table does"""
    readings: list[str]
    """What its readings are called, if a table reads it"""
    examples: int
    """How many example payloads test it"""


class CaptureLine(BaseModel):
    """A line of a JSON Lines capture. One of `hex`, `data`, `payload`, `text` is needed; unknown fields are ignored."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    hex: str | None = None
    """The frame in hex digits"""
    data: str | None = None
    """The same"""
    payload: str | None = None
    """The same"""
    text: str | None = None
    """A text telegram (IEC 62056-21, P1) as it is"""
    id: str | int | None = None
    """Comes back in the result"""
    time: str | Number | None = None
    """Reception time: ISO 8601, or Unix time"""
    rssi: Number | None = None
    """Level in dBm"""
    key: str | list[str] | None = None
    """Keys to try for this frame, in hex digits"""
    authentication_key: str | list[str] | None = None
    """The second key of DLMS meters"""
    system_title: str | None = None
    """System title of a DLMS meter"""
    fport: int | str | None = None
    """LoRaWAN port"""
    device: str | None = None
    """Kind of device, where the frame does not tell"""
    protocol: str | None = None
    """Protocol of the frame; detected if not given"""


# name -> the output's type
OUTPUTS: Final[dict[str, Any]] = {
    "telegram": Telegram,
    "explanation": Explained,
    "codes": list[CodeItem],
    "keys-summary": Keys,
    "families": list[FamilyItem],
    "payloads": list[PayloadItem],
}


@cache
def adapter(name: str) -> TypeAdapter[Any]:
    """Return the adapter that validates this output."""
    return TypeAdapter(OUTPUTS[name])


def json_schema(kind: Any) -> dict[str, Any]:  # noqa: ANN401 - any type that pydantic understands
    """Return the JSON Schema (2020-12) of a type."""
    return {"$schema": _DIALECT, **TypeAdapter(kind).json_schema()}


def file_schema(title: str, tables: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the JSON Schema of a TOML file: its tables and fields by name, with their types."""
    inputs: list[tuple[str, Literal["validation"], TypeAdapter[Any]]] = [
        (name, "validation", TypeAdapter(kind)) for name, kind in tables.items()
    ]
    schemas, definitions = TypeAdapter.json_schemas(inputs)
    properties = {name: schema for (name, _), schema in schemas.items()}
    for definition in definitions.get("$defs", {}).values():
        definition["additionalProperties"] = False
    return {
        "$schema": _DIALECT,
        "title": title,
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        **definitions,
    }
