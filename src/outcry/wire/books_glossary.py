"""What the words of the books mean that no message of the log has."""

from outcry.domain.reject import RejectReason
from outcry.domain.types import Side
from outcry.wire.fragments import Fragment, each, money, number, one_of, text

BOOKS: dict[str, Fragment] = {
    "activities": {"description": "What changed the accounts, newest first."},
    "activity_id": text("Id of the activity.", examples=["17-0-t"]),
    "audit": {"description": "Commands of administration, newest first."},
    "cost": money("What the position has cost; negative of what is owed.", "1895"),
    "equity": money("Cash and the market value of all positions.", "1000250"),
    "execution": {"description": "The execution of the command."},
    "fee": money("Fee that was paid; left out when none was.", "1.895"),
    "fees": money("Sum of the fees that were paid.", "12.5"),
    "keys": {"description": "The keys, in the order of their ids."},
    "kind": text("What it was: a trade, a deposit, a withdrawal, a fee.", examples=["trade"]),
    "market_value": money("Quantity times reference price; negative of what is owed.", "1900"),
    "realised_profit": money("Profit of what was closed, without fees; a loss is negative.", "5"),
    "revoked": {"description": "Whether the key was revoked."},
    "revoked_seq": number("The execution that revoked it."),
    "secret": text(
        "The whole text of the key. Nobody is told it again.", "ook_[0-9a-f]{16}_[0-9a-f]{64}"
    ),
    "unrealised_profit": money("Market value less cost; a loss is negative.", "5"),
    "AccountsAnswer.accounts": {"description": "The accounts, in the order of their names."},
    "ActivityMessage.account": text(
        "Whose it is; `#` begins those of the house.", examples=["demo"]
    ),
    "ActivityMessage.amount": money("Cash that moved, without the fee.", "-1895"),
    "ActivityMessage.cash": money("Cash of the account after it.", "998105"),
    "ActivityMessage.price": text(
        "Price of each; of shares that came, what they cost.", examples=["189.5"]
    ),
    "ActivityMessage.quantity": text("How much of `symbol` moved.", examples=["10"]),
    "ActivityMessage.side": {
        "description": "Whether the account bought or sold.",
        "enum": one_of(Side),
    },
    "AuditMessage.reason": {
        "description": "Why it was rejected.",
        "enum": [reason.word for reason in RejectReason],
    },
    "AuditMessage.command": {"description": "What was asked for."},
    "BookedInstrumentMessage.killed": {
        "description": "Whether the kill switch of the instrument is on: only cancels go through."
    },
    "InstrumentsAnswer.killed": {
        "description": "Whether the kill switch of the market is on: only cancels go through."
    },
    "PositionMessage.held": text("How much of it open orders will close.", examples=["10"]),
    "PositionMessage.average_price": text("Average cost of each.", examples=["189.5"]),
    **each("KeyMessage", "created_seq", number("The execution that made the key.")),
}
