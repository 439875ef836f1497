"""What can be traded, and in which steps."""

import msgspec

from outcry.domain.types import InstrumentState, Units


class Instrument(msgspec.Struct, frozen=True, gc=False):
    """A listing: prices are multiples of `tick`, quantities of `lot`, within the limits."""

    symbol: str
    tick: Units
    lot: Units
    min_quantity: Units
    max_quantity: Units
    max_price: Units
    name: str = ""
    state: InstrumentState = InstrumentState.OPEN
