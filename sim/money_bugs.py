"""Bugs to plant where money is moved, held and kept from others."""

from contextlib import ExitStack
from typing import Any

import msgspec

import outcry.domain.risk
import outcry.domain.settlement
import outcry.domain.transfers
import outcry.stream.view
from outcry.broker.ledger import Ledger
from outcry.domain.administration import Administration
from outcry.domain.keys import Keyring
from outcry.domain.order import Order
from outcry.domain.order_entry import OrderEntry
from outcry.domain.risk import Ask
from outcry.domain.settlement import Tally
from outcry.domain.trading import Trading
from outcry.gateway.senders import Senders
from outcry.stream.server import StreamServer
from outcry.wire.access import Access, Key
from sim.planting import Bug, replace


def a_hold_that_stays(stack: ExitStack) -> None:
    """A cancelled order goes on holding buying power."""

    def mutant(real: Any, self: Trading, order: Order, *rest: Any) -> None:
        held = order.held
        real(self, order, *rest)
        assert order.owner is not None, "it has rested"
        order.owner.held += held

    replace(stack, Trading, "withdraw", mutant)


def a_replace_that_forgets_its_hold(stack: ExitStack) -> None:
    """What a replaced order held is held once more by its new terms, and never released."""

    def mutant(real: Any, self: OrderEntry, *terms: Any) -> Any:
        order = terms[2]
        held = order.held
        execution = real(self, *terms)
        if execution.reject is None:
            order.owner.held += held
        return execution

    replace(stack, OrderEntry, "_amend", mutant)


def a_replace_that_pays_twice(stack: ExitStack) -> None:
    """The new terms of an order need buying power beside what the old ones hold."""

    def mutant(real: Any, ask: Ask, *rest: Any) -> Any:
        return real(msgspec.structs.replace(ask, own=None), *rest)

    replace(stack, outcry.domain.risk, "refuse_means", mutant)


def fees_of_the_wrong_side(stack: ExitStack) -> None:
    """The taker pays what the maker should, and the other way round."""

    def mutant(real: Any, taker: Order, maker: Order, trade: Any) -> Any:
        rates = taker.taker_fee, maker.maker_fee
        maker.maker_fee, taker.taker_fee = rates
        done = real(taker, maker, trade)
        taker.taker_fee, maker.maker_fee = rates
        return done

    replace(stack, outcry.domain.settlement, "_move", mutant)


def a_transfer_done_twice(stack: ExitStack) -> None:
    """The id of a transfer is not looked at."""

    def mutant(real: Any, self: Administration, command: Any) -> Any:
        return real(self, msgspec.structs.replace(command, transfer_id=""))

    replace(stack, Administration, "_transfer", mutant)


def shares_that_are_held_leave(stack: ExitStack) -> None:
    """Shares that an open order would sell can be withdrawn."""
    replace(stack, outcry.domain.transfers, "_refuse_shares", lambda *_: None)


def a_balance_untold(stack: ExitStack) -> None:
    """Only the sender is told what an order has changed."""

    def mutant(real: Any, self: Tally) -> Any:
        return real(self)[:1]

    replace(stack, Tally, "balances", mutant)


def a_key_that_stays(stack: ExitStack) -> None:
    """The engine revokes a key and forgets it."""

    def mutant(_: Any, self: Keyring, command: Any) -> Any:
        return None if command.key_id in self.keys else self.refuse_admin(command.key_id)

    replace(stack, Keyring, "revoke", mutant)


def a_key_served_after_its_end(stack: ExitStack) -> None:
    """Gateways do not read of revocations."""

    def mutant(real: Any, self: Senders, answer: bytes, executions: Any) -> None:
        real(self, answer, [each for each in executions if b'"op":"key.revoke"' not in bytes(each)])

    replace(stack, Senders, "follow", mutant)


def a_viewer_who_stays(stack: ExitStack) -> None:
    """The trade stream does not close whose key was revoked."""
    replace(stack, StreamServer, "_close_all_of", lambda *_: None)


def a_secret_unread(stack: ExitStack) -> None:
    """Whoever knows the id of a key is believed to have it."""

    def mutant(real: Any, self: Access, text: str) -> Key | None:
        row = self._rows.get(text[4:20])
        if row is None or row.revoked:
            return real(self, text)  # type: ignore[no-any-return]
        return Key(row.key_id, row.role, row.accounts)

    replace(stack, Access, "find", mutant)


def everything_is_public(stack: ExitStack) -> None:
    """Who has no key is shown executions as they are."""
    replace(stack, outcry.stream.view, "public", lambda _, execution: execution)


def a_cost_without_a_part(stack: ExitStack) -> None:
    """The books lose a fee."""

    def mutant(real: Any, self: Ledger, row: Any, *rest: Any) -> None:
        *terms, _, maker_fee = row
        real(self, (*terms, "0", maker_fee), *rest)

    replace(stack, Ledger, "_trade", mutant)


MONEY_BUGS: tuple[Bug, ...] = (
    a_hold_that_stays,
    a_replace_that_forgets_its_hold,
    a_replace_that_pays_twice,
    fees_of_the_wrong_side,
    a_transfer_done_twice,
    shares_that_are_held_leave,
    a_balance_untold,
    a_key_that_stays,
    a_key_served_after_its_end,
    a_viewer_who_stays,
    a_secret_unread,
    everything_is_public,
    a_cost_without_a_part,
)
