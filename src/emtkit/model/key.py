"""A secret key that cannot be printed by accident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from emtkit.model.errors import ConfigError

if TYPE_CHECKING:
    from emtkit.model.meter_id import MeterId

# The keys of a LoRaWAN device, named as in the standard: root keys, session keys of 1.0.x and 1.1, join keys of 1.1
LORAWAN_USES: Final = (
    "appkey", "nwkkey", "appskey", "nwkskey", "fnwksintkey", "snwksintkey", "nwksenckey", "jsintkey", "jsenckey",
)  # fmt: skip


class Key:
    """Key bytes with a label. `repr`, `str` and errors show the label only.

    `label` says where the key came from (`keys.toml: kitchen`, `--key #1`); decoded telegrams carry it.
    """

    __slots__ = ("label", "value")

    def __init__(self, value: bytes, label: str = "key") -> None:
        """Keep the bytes; 8 (DES), 16, 24 or 32 bytes."""
        if len(value) not in (8, 16, 24, 32):
            raise ConfigError("keys.length", f"{label}: a key has 16 bytes (32 hex digits), this one has {len(value)}")
        self.value = bytes(value)
        self.label = label

    @classmethod
    def from_hex(cls, text: str, label: str = "key") -> Key:
        """Read 32 hex digits; blanks, colons and dashes between them are fine. Errors never repeat them."""
        try:
            value = bytes.fromhex(text.translate({ord(" "): None, ord(":"): None, ord("-"): None}))
        except ValueError:
            raise ConfigError("keys.syntax", f"{label}: a key is written as 32 hex digits") from None
        return cls(value, label)

    def __repr__(self) -> str:
        """Show the label and the size, never the bytes."""
        return f"Key({self.label!r}, {len(self.value) * 8} bit)"

    def __eq__(self, other: object) -> bool:
        """Equal when the bytes are; the label is only a note."""
        return isinstance(other, Key) and self.value == other.value

    def __hash__(self) -> int:
        """Hash of the bytes."""
        return hash(self.value)

    def __getstate__(self) -> tuple[bytes, str]:
        """Keys travel to worker processes of the same batch."""
        return self.value, self.label

    def __setstate__(self, state: tuple[bytes, str]) -> None:
        """Restore from `__getstate__`."""
        self.value, self.label = state


class KeySource(Protocol):
    """What a decoder needs to know of a key ring."""

    def candidates(self, meter: MeterId | None, use: str = "encryption") -> tuple[Key, ...]:
        """Return the keys to try for this meter, the most specific first.

        `use` is `encryption`, `authentication` (DLMS has two keys per meter) or one of `LORAWAN_USES`.
        """
        ...


class NoKeys:
    """The empty key source."""

    def candidates(self, meter: MeterId | None, use: str = "encryption") -> tuple[Key, ...]:  # noqa: ARG002
        """Return no key."""
        return ()
