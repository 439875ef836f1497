"""The register: accounts as they are set, keys, kill switches, the audit trail; what admin commands
change in it.

Rule: a hash of a key stays in the log; the books do not hold it.
"""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import msgspec

from outcry.domain.types import Units
from outcry.wire.command_messages import (
    CreateKeyMessage,
    KillMessage,
    ReleaseMessage,
    RevokeKeyMessage,
)
from outcry.wire.decimals import parse_decimal
from outcry.wire.messages import (
    AccountSettingsMessage,
    AccountTermsMessage,
    CommandMessage,
    ExecutionMessage,
)

Row: TypeAlias = tuple[object, ...]


class Register:
    """What the executions that were added change in it."""

    def __init__(self) -> None:
        self.settings: dict[str, tuple[AccountSettingsMessage, int]] = {}
        """By account, with the execution that told them."""
        self.terms: dict[tuple[str, str], AccountTermsMessage] = {}
        """By account and symbol: settings tell those of the one that was set, and no others."""
        self.keys: list[Row] = []
        """That were created, as rows of `schema.keys`."""
        self.revoked: list[tuple[int, str]] = []
        """The execution that revoked a key, and the id of that."""
        self.switches: dict[str, tuple[bool, int]] = {}
        """By symbol, empty for the market: whether it is on, and the execution that switched it."""
        self.audit: list[Row] = []
        """Rows of `schema.audit`."""

    def add(self, execution: ExecutionMessage) -> None:
        """Take in an execution whose operation is in `wire.admin_commands.AUDITED`."""
        command = execution.command
        assert command is not None, "an operation that is audited is a command"
        self.audit.append(
            (
                execution.seq,
                int(execution.ts),
                execution.op,
                execution.key,
                execution.result,
                execution.reason,
                _without_hash(command),
            )
        )
        if execution.result != "accepted":
            return
        if execution.settings is not None:
            settings = execution.settings
            self.settings[settings.account] = settings, execution.seq
            for terms in settings.terms:
                self.terms[settings.account, terms.symbol] = terms
        if isinstance(command, CreateKeyMessage):
            names = " ".join(command.accounts)
            key = (command.key_id, command.role, names, command.name, 0, execution.seq, 0)
            self.keys.append(key)
        elif isinstance(command, RevokeKeyMessage):
            self.revoked.append((execution.seq, command.key_id))
        elif isinstance(command, KillMessage | ReleaseMessage) and not command.account:
            self.switches[command.symbol] = isinstance(command, KillMessage), execution.seq


def settings_rows(told: Iterable[tuple[AccountSettingsMessage, int]]) -> list[Row]:
    """Rows of `schema.accounts`, up to the cash, and `updated_seq`."""
    return [
        (
            settings.account,
            settings.type,
            settings.state,
            settings.access,
            settings.self_trade_prevention,
            settings.multiplier,
            int(settings.shorting),
            int(settings.killed),
            settings.max_open_orders,
            settings.max_order_rate,
            _units(settings.max_exposure) or 0,
            _units(settings.max_notional) or 0,
            _units(settings.max_position) or 0,
            _units(settings.maker_fee),
            _units(settings.taker_fee),
            seq,
        )
        for settings, seq in told
    ]


def terms_rows(told: Mapping[tuple[str, str], AccountTermsMessage]) -> list[Row]:
    """Rows of `schema.account_terms`, also of terms that say nothing any more."""
    return [
        (
            *key,
            _units(terms.max_notional) or 0,
            _units(terms.max_position) or 0,
            _units(terms.maker_fee),
            _units(terms.taker_fee),
        )
        for key, terms in told.items()
    ]


def terms_gone(told: Mapping[tuple[str, str], AccountTermsMessage]) -> list[Row]:
    """Account and symbol of those that say nothing any more."""
    return [key for key, terms in told.items() if terms == AccountTermsMessage(terms.symbol)]


def _units(text: str) -> Units | None:
    """None: there is none."""
    return parse_decimal(text) if text else None


def _without_hash(command: CommandMessage) -> str:
    if isinstance(command, CreateKeyMessage):
        command = msgspec.structs.replace(command, hash="")
    return msgspec.json.encode(command).decode()
