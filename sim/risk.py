"""What an order has to pass before it trades, in the order in which it is checked."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from sim.accounts import Account
from sim.echo import LISTED
from sim.exact import EXACT, NANO, ZERO
from sim.keys import Keys
from sim.order import Order, other, ways
from sim.rulebook import Refused

PROTECTION = Decimal("0.1")
"""The band of a market order where the instrument has none."""
SECOND_NS = 10**9
LEGS = ("trail", "stop_limit_price", "take_profit", "stop_loss", "stop_loss_limit")
NO_TRAIL = ("price", "stop_price", *LEGS[1:])


class Risk(Keys):
    def side(self, symbol: str, side: str) -> list[Order]:
        """Resting orders, best price first, then first come."""
        sign = -1 if side == "buy" else 1
        there = [
            o
            for o in self.resting
            if (o.symbol, o.side) == (symbol, side) and not o.untriggered and not o.is_spent
        ]
        return sorted(there, key=lambda o: (sign * o.price, o.arrival))

    def best(self, symbol: str, side: str) -> Decimal:
        """0: there is nobody."""
        there = self.side(symbol, side)
        return there[0].price if there else ZERO

    # States and kill switches ------------------------------------------------------------

    def check_switches(self, account: Account, symbol: str, replaced: Order | None) -> None:
        """Of the account, then of the instrument and the market."""
        for broken, reason, at_fault in (
            (account.state == "closed", "account_closed", "account"),
            (account.state == "restricted", "account_restricted", "account"),
            (account.killed, "account_killed", "account"),
        ):
            if broken:
                raise Refused(reason, at_fault)
        for broken, reason, at_fault in (
            (symbol in self.killed_symbols, "instrument_killed", "symbol"),
            (self.market_killed, "market_killed", ""),
        ):
            if broken:
                raise Refused(reason, at_fault, replaced)

    # Terms of an order -------------------------------------------------------------------

    def pin(self, order: Order) -> None:
        """Note what will hold for the order until it loses its place."""
        account = self.accounts[order.account]
        quantity = account.positions.get(order.symbol, ZERO)
        order.closes = quantity > 0 if order.side == "sell" else quantity < 0
        order.multiplier = account.multiplier
        order.margin = ZERO if order.is_bound else max(map(self.margin, ways(order)))
        if order.waits:
            order.worst = max(map(self.worst_price, ways(order)))
            order.pinned = ZERO if ways(order)[-1].price else self.protection(ways(order)[-1])
        order.maker_fee = self.rate(account, order.symbol, "maker_fee")
        order.taker_fee = self.rate(account, order.symbol, "taker_fee")

    def rate(self, account: Account, symbol: str, name: str) -> Decimal:
        for own in (account.terms.get(symbol, {}), account.own):
            if name in own:
                return own[name]
        return Decimal(self.instruments[symbol].get(name, 0))

    def limit(self, account: Account, symbol: str, name: str) -> Decimal:
        """0: there is none."""
        instrument = Decimal(self.instruments[symbol].get(name, 0))
        of_all = self.market.get(name, ZERO)
        own = account.terms.get(symbol, {}).get(name, ZERO) or account.own.get(name, ZERO)
        return own or instrument or of_all

    def edge(self, symbol: str, side: str, around: Decimal, band: Decimal) -> Decimal:
        """The worst price of a band."""
        if side == "buy":
            return EXACT.multiply(around, 1 + band).quantize(NANO, ROUND_FLOOR, EXACT)
        return EXACT.multiply(around, 1 - band).quantize(NANO, ROUND_CEILING, EXACT)

    def reference(self, order: Order) -> Decimal:
        """The mark, or for a stop order that is to wait where it will be set off; 0: neither."""
        mark = self.mark(order.symbol)
        if not order.waits:
            return mark
        if order.side == "buy":
            return max(order.stop_price, mark)
        return min(order.stop_price, mark) if mark else order.stop_price

    def protection(self, order: Order) -> Decimal:
        """Beyond this a market order does not trade; 0: there is nobody, and was no trade."""
        rules = self.instruments[order.symbol]
        opposite = "sell" if order.side == "buy" else "buy"
        around = self.reference(order) or self.best(order.symbol, opposite)
        band = Decimal(rules.get("price_band", 0)) or PROTECTION
        edge = self.edge(order.symbol, order.side, around, band)
        return min(edge, Decimal(rules["max_price"])) if order.side == "buy" else edge

    def worst_price(self, order: Order) -> Decimal:
        """The price at which it costs most."""
        if order.side == "buy" or order.closes:
            return order.price or self.protection(order)
        return max(order.price, self.best(order.symbol, "buy"), self.reference(order))

    def margin(self, order: Order) -> Decimal:
        """Buying power that each share needs; what it would lose at once is not borrowed."""
        worst = order.price or self.protection(order)
        worth = mark = self.reference(order)
        loss = ZERO
        if mark:
            loss = worst - mark if order.side == "buy" else mark - worst
        lost = order.multiplier * max(loss, ZERO)
        if order.closes:
            return max(lost - worth, ZERO)
        if order.side == "sell":
            worth = self.worst_price(order)
        elif not mark or worst < mark:
            worth = worst
        return worth + lost

    # The checks --------------------------------------------------------------------------

    def check_terms(self, order: Order, replaced: Order | None, leg: str, wrong: str = "") -> None:
        """`order` has the new terms of `replaced`, or is new; `leg`: a price that is on the wrong
        side of another; `wrong`: a term that it cannot have."""
        rules = self.instruments[order.symbol]
        state = rules["state"]
        limits = {name: Decimal(rules[name]) for name in LISTED}
        filled = replaced is not None and order.quantity <= replaced.filled
        trails = order.trails
        prices = {"price": order.price, "stop_price": ZERO if trails else order.stop_price}
        for name in LEGS:
            prices[name] = Decimal(order.instructions.get(name, 0))
        for broken, reason, at_fault in (
            (state == "halted", "halted", "symbol"),
            (state == "cancel_only", "cancel_only", "symbol"),
            (wrong, "no_such_term", wrong),
            *((prices[name] % limits["tick"] != 0, "tick_size", name) for name in prices),
            (trails and order.stop_price > limits["max_price"], "price_limit", trails),
            (trails and order.stop_price < limits["tick"], "price_limit", trails),
            *((prices[name] > limits["max_price"], "price_limit", name) for name in NO_TRAIL),
            (leg, "leg_prices", leg),
            (order.quantity % limits["lot"] != 0, "lot_size", "quantity"),
            (order.display % limits["lot"] != 0, "lot_size", "display_quantity"),
            (order.least % limits["lot"] != 0, "lot_size", "min_quantity"),
            (order.quantity < limits["min_quantity"], "min_quantity", "quantity"),
            (0 < order.display < limits["min_quantity"], "min_quantity", "display_quantity"),
            (order.quantity > limits["max_quantity"], "max_quantity", "quantity"),
            (filled, "quantity_filled", "quantity"),
        ):
            if broken:
                raise Refused(reason, at_fault, replaced)

    def check_risk(self, order: Order, replaced: Order | None) -> None:
        """The order is pinned."""
        account, symbol = self.accounts[order.account], order.symbol
        asked = ways(order)
        if replaced and len(asked) == 2 and keeps_price(order, replaced):
            del asked[0]
        rests = asked[0] if asked[0].type == order.type else None
        for broken, reason, at_fault in (
            (rests and self.is_out_of_band(rests), "price_band", "price"),
            (self.is_out_of_band(asked[-1]), "price_band", "stop_limit_price"),
            (self.is_too_much_at_once(order, asked), "max_notional", "quantity"),
            (not replaced and self.has_enough_open(account), "open_orders_limit", ""),
            (self.sends_too_fast(account), "order_rate", ""),
            (not replaced and self.is_full(order), "resting_limit", ""),
            (self.is_one_holding_too_many(account, symbol), "holdings_limit", ""),
        ):
            if broken:
                raise Refused(reason, at_fault, replaced)
        self.check_means(order, replaced)

    def check_means(self, order: Order, replaced: Order | None) -> None:
        """Whether the account has what it takes."""
        account, symbol = self.accounts[order.account], order.symbol
        opens, sells = not order.closes, order.side == "sell"
        quantity = account.positions.get(symbol, ZERO)
        others = [o for o in self.open_of(account, symbol, order.side) if o is not replaced]
        waiting = sum((o.leaves for o in others), ZERO)
        could_be = waiting + order.leaves + (-quantity if sells else quantity)
        pending = sum((o.pending for o in self.beside(order, replaced)), ZERO)
        most = self.limit(account, symbol, "max_position")
        at_stake = self.limit(account, symbol, "max_exposure")
        worst = max(map(self.worst_price, ways(order)))
        need = order.cost(worst, max(order.maker_fee, order.taker_fee))
        more = need - (replaced.held if replaced else ZERO)
        short_of_power = more > 0 and more > self.available(account)
        stake = self.exposure(account) + more
        needy = self.needy_leg(order, replaced)
        brings = not replaced and self.brings_exit(order)
        for broken, reason, at_fault in (
            (opens and "reduce_only" in order.instructions, "reduce_only", "reduce_only"),
            (brings and order.closes, "open_only", "order_class"),
            (brings and opens and self.opens_other_way(order), "both_ways", "order_class"),
            (opens and self.is_beside_exit(order), "both_ways", "side"),
            (opens and 0 < most < could_be, "position_limit", "quantity"),
            (opens and 0 < at_stake < stake, "exposure_limit", "quantity"),
            (opens and sells and not account.shorting, "shorting", "side"),
            (order.closes and could_be + pending > 0, "shares_available", "quantity"),
            (short_of_power, "buying_power", "quantity"),
            (needy, "buying_power", needy),
            (self.takes(order) and "post_only" in order.instructions, "would_take", "post_only"),
        ):
            if broken:
                raise Refused(reason, at_fault, replaced)

    def takes(self, order: Order) -> bool:
        """Whether it meets anybody at once."""
        if order.side == "buy":
            there = self.side(order.symbol, "sell")
            return bool(there) and there[0].price <= order.price
        there = self.side(order.symbol, "buy")
        return bool(there) and there[0].price >= order.price

    def beside(self, order: Order, replaced: Order | None) -> list[Order]:
        """The other orders of its account on its side, also those that hold nothing."""
        place = order.account, order.symbol, order.side
        there = [o for o in self.resting if (o.account, o.symbol, o.side) == place]
        return [o for o in there if o is not replaced]

    def brings_exit(self, order: Order) -> bool:
        return bool({"take_profit", "stop_loss"} & order.instructions.keys())

    def opens_other_way(self, order: Order) -> bool:
        """Whether orders of its account are there that would open a position the other way."""
        account = self.accounts[order.account]
        against = self.open_of(account, order.symbol, other(order.side))
        there = abs(account.positions.get(order.symbol, ZERO))
        return sum((o.leaves for o in against), ZERO) > there

    def is_beside_exit(self, order: Order) -> bool:
        """Whether an order of its account the other way is to have an exit."""
        against = self.open_of(self.accounts[order.account], order.symbol, other(order.side))
        return any(o.exit is not None for o in against)

    def needy_leg(self, order: Order, replaced: Order | None) -> str:
        raise NotImplementedError

    def is_full(self, order: Order) -> bool:
        return len(self.resting) + self.brings_exit(order) >= self.bounds.resting

    def is_out_of_band(self, order: Order) -> bool:
        mark = self.reference(order)
        band = Decimal(self.instruments[order.symbol].get("price_band", 0))
        if not order.price or not mark or not band:
            return False
        highest = self.edge(order.symbol, "buy", mark, band)
        lowest = self.edge(order.symbol, "sell", mark, band)
        return not lowest <= order.price <= highest

    def is_too_much_at_once(self, order: Order, asked: list[Order]) -> bool:
        most = self.limit(self.accounts[order.account], order.symbol, "max_notional")
        worst = max(map(self.worst_price, asked))
        return 0 < most < EXACT.multiply(worst, order.quantity)

    def has_enough_open(self, account: Account) -> bool:
        most = account.own.get("max_open_orders") or self.market.get("max_open_orders", ZERO)
        return 0 < most <= len(self.open_of(account))

    def sends_too_fast(self, account: Account) -> bool:
        most = account.own.get("max_order_rate") or self.market.get("max_order_rate", ZERO)
        return 0 < most <= account.sent.count(self.now // SECOND_NS)


def keeps_price(order: Order, replaced: Order) -> bool:
    return order.price == replaced.price and order.quantity <= replaced.quantity
