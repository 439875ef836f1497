"""What a line of a story asks for: the subject and the body of an entry."""

from hashlib import sha256
from typing import Any

from outcry.domain.limits import VERSION
from outcry.wire.order_id import format_order_id, id_suffix
from outcry.wire.subjects import ORDER_CREATED, ORDER_GUEST
from tests.venue import LOG, SHARD

Words = list[str]
Fields = dict[str, Any]
TIMES = {"gtc", "ioc", "fok", "day", "gtd"}
PREVENTIONS = {"none", "cancel_newest", "cancel_oldest"}
NAMES = {
    "@": "price",
    "as": "client_order_id",
    "until": "expire_at",
    "stop": "stop_price",
    "display": "display_quantity",
    "least": "min_quantity",
    "take-profit": "take_profit",
    "stop-loss": "stop_loss",
    "stop-loss-limit": "stop_loss_limit",
    "stop-limit": "stop_limit_price",
    "trail-percent": "trail_percent",
}
"""The fields of words in the terms of an order."""
QUALIFIERS = {"post-only": "post_only", "reduce-only": "reduce_only"}
"""Words that are fields by themselves."""
FLAGS = {"yes": True, "no": False}


def asked(words: Words, orders: dict[str, str]) -> tuple[str, Fields]:
    """`orders` are the ids of orders by their client order ids."""
    match words:
        case [*words, "by", key]:
            subject, body = asked(words, orders)
            op = {} if subject == ORDER_CREATED else {"op": subject}
            return ORDER_CREATED, op | body | {"key": key_id(key)}
        case ["guest", *words]:
            return ORDER_GUEST, asked(words, orders)[1]
    return operated(words) or administered(words) or ordered(words, orders)


def key_id(name: str) -> str:
    return sha256(name.encode()).hexdigest()[:16]


def operated(words: Words) -> tuple[str, Fields] | None:
    """What the operator alone asks for, of the venue, its instruments and switches."""
    match words:
        case ["open", *rest]:
            venue = {"log": LOG, "engine": VERSION, "schema": 1, "shard": SHARD}
            return "venue.open", venue | pairs(rest)
        case ["upgrade", engine]:
            return "venue.upgrade", {"engine": engine}
        case ["advance", by]:
            return "clock.advance", {"by": by}
        case ["tick"]:
            return "clock.tick", {}
        case ["list", symbol, *rest]:
            return "instrument.list", {"symbol": symbol} | pairs(rest)
        case ["state", name, state]:
            kind, named = at(name)
            return f"{kind}.state", named | {"state": state}
        case ["set", account, "in", symbol, *rest]:
            return "account.set", {"account": account, "symbol": symbol} | pairs(rest)
        case ["set", name, *rest]:
            kind, named = at(name)
            return f"{kind}.set", named | pairs(rest)
        case [("kill" | "release") as switch, name]:
            return f"market.{switch}", at(name)[1]
    return None


def administered(words: Words) -> tuple[str, Fields] | None:
    """What is asked for of accounts, money and keys."""
    match words:
        case ["account", account, ("cash" | "margin") as kind, *rest]:
            return "account.open", {"account": account, "type": kind} | account_terms(rest)
        case ["account", account, setting]:
            return "account.set", {"account": account, "self_trade_prevention": setting}
        case [("deposit" | "withdraw") as way, account, number, *rest]:
            terms = {"account": account, "amount": number}
            if len(rest) % 2:
                terms = {"account": account, "quantity": number, "symbol": rest.pop(0)}
            return f"account.{way}", terms | renamed(pairs(rest), NAMES | {"as": "transfer_id"})
        case ["key", name, role, *accounts]:
            secret = sha256(f"the secret of {name}".encode()).hexdigest()
            terms = {"key_id": key_id(name), "hash": secret, "role": role}
            return "key.create", terms | {"accounts": accounts}
        case ["revoke", name]:
            return "key.revoke", {"key_id": key_id(name)}
    return None


def ordered(words: Words, orders: dict[str, str]) -> tuple[str, Fields]:
    """What an account asks for."""
    account, *words = words
    match words:
        case [("buy" | "sell") as side, quantity, symbol, *rest]:
            terms = {"side": side, **amount(quantity), "symbol": symbol} | order_terms(rest)
        case ["replace", *rest]:
            named, rest = of_order(rest, orders)
            new_id = {"as": "new_client_order_id"}
            terms = {"op": "replace"} | named | renamed(pairs(rest), NAMES | new_id)
        case ["cancel", *rest]:
            named, rest = of_order(rest, orders)
            terms = {"op": "cancel"} | named | renamed(pairs(rest), NAMES)
        case ["cancel-all", *rest]:
            terms = {"op": "cancel_all"} | chosen(rest)
        case ["silent-after", timeout, *rest]:
            switch = {"op": "cancel_all_after", "timeout": timeout}
            terms = switch | renamed(pairs(rest), NAMES)
        case _:
            raise ValueError("no such line")
    return ORDER_CREATED, {"account": account} | terms


def at(name: str) -> tuple[str, Fields]:
    """What is named: the market, an instrument (in capitals), or an account."""
    if name == "market":
        return "market", {}
    return ("instrument", {"symbol": name}) if name.isupper() else ("account", {"account": name})


def account_terms(words: Words) -> Fields:
    terms: Fields = {"access": "open"}
    for word in words:
        if word == "keys":
            terms["access"] = word
        elif word == "shorting":
            terms["shorting"] = True
        elif word in PREVENTIONS:
            terms["self_trade_prevention"] = word
        else:
            terms["multiplier"] = word
    return terms


def of_order(words: Words, orders: dict[str, str]) -> tuple[Fields, Words]:
    if words[0] == "order":
        unknown = format_order_id(1 << 12, id_suffix(SHARD, int(LOG, 16)))
        return {"order_id": orders.get(words[1], unknown)}, words[2:]
    return {"client_order_id": words[0]}, words[1:]


def amount(word: str) -> Fields:
    """So many shares, or with a dollar sign shares for so much."""
    return {"notional": word[1:]} if word.startswith("$") else {"quantity": word}


def order_terms(words: Words) -> Fields:
    terms: Fields = {}
    for word in QUALIFIERS.keys() & set(words):
        words.remove(word)
        terms[QUALIFIERS[word]] = True
    if "oco" in words:
        words.remove("oco")
        terms["order_class"] = "oco"
    elif {"trail", "trail-percent"}.intersection(words):
        terms["type"] = "trailing_stop"
    elif "stop" in words:
        terms["type"] = "stop_limit" if "@" in words else "stop"
    elif "@" not in words:
        terms["type"] = "market"
    exit_words = {"take-profit", "stop-loss"}.intersection(words)
    if exit_words:
        terms["order_class"] = "bracket" if len(exit_words) == 2 else "oto"
    for word in TIMES.intersection(words):
        words.remove(word)
        terms["time_in_force"] = word
    return terms | renamed(pairs(words), NAMES)


def chosen(words: Words) -> Fields:
    """What a mass cancel takes: a symbol, a side, and until when."""
    terms = {}
    for word in {"buy", "sell"}.intersection(words):
        words.remove(word)
        terms["side"] = word
    if len(words) % 2:
        terms["symbol"] = words.pop(0)
    return terms | renamed(pairs(words), NAMES)


def pairs(words: Words) -> Fields:
    """Each second word by the one before."""
    named = zip(words[::2], words[1::2], strict=True)
    return {name: FLAGS.get(value, value) for name, value in named}


def renamed(terms: Fields, names: dict[str, str]) -> Fields:
    return {names.get(name, name): value for name, value in terms.items()}
