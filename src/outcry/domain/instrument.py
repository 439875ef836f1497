"""What can be traded, and in which steps."""

import msgspec

from outcry.domain.types import InstrumentState, Units


class Instrument(msgspec.Struct, frozen=True, gc=False):
    """A listing: prices are multiples of `tick`, quantities of `lot`, within the limits.

    `price_band` is the share of the reference price, in 10⁻⁹, by which a price may differ from it;
    fees are shares of the value traded, in 10⁻⁹; `max_notional` and `max_position` hold for every
    account that has none of its own, `max_notional` in 10⁻⁹ of the currency. 0: there is none.
    """

    symbol: str
    tick: Units
    lot: Units
    min_quantity: Units
    max_quantity: Units
    max_price: Units
    name: str = ""
    state: InstrumentState = InstrumentState.OPEN
    price_band: Units = 0
    maker_fee: Units = 0
    taker_fee: Units = 0
    max_notional: Units = 0
    max_position: Units = 0
