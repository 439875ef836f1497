"""The whole system in one thread, and a seed that decides what happens to it.

Traders send their commands through the gateways while faults come one after the other. In the end
all is healed, all services run, and everything has to come to rest where the twin says.
"""

import asyncio
import gc
import json
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from outcry.log.log import Entry, Purged
from sim.audience import Viewer
from sim.books import check_books, check_position
from sim.bounds import Bounds
from sim.broken import Broken, hold
from sim.consumers import Message
from sim.dice import Dice
from sim.disk import Lock, new_books
from sim.exact import Fields
from sim.faults import OFTEN, Fault
from sim.flow import ACCOUNTS, Flow
from sim.forger import Forger
from sim.link import Link, Weather
from sim.loop import VirtualLoop
from sim.nodes import Node, nodes
from sim.opening import READ, opening
from sim.operator import Operator
from sim.outside import outside
from sim.plan import Outcome, Plan
from sim.process import Process
from sim.questions import answer_access, answer_question
from sim.server import Server
from sim.service import Service
from sim.story import Story
from sim.traders import Claims, Trader
from sim.truth import Truth
from sim.views import seen_by_anybody
from sim.wallet import ADMIN, READER, Wallet

REST_END_S = 60.0
"""In this time of the virtual clock everything has to come to rest, once all is healed."""
ANY_TIME_S = 3_600.0
TOLD_BYTES = 1_500
"""Of an entry, in the story: all that a client sends at once."""
TRADERS = 6
VIEWERS = 5
KEEP_NOTHING = ("gateway", "stream")
"""What read too late goes on at the end of the log; the others have the archive."""


class World:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        dice = Dice(str(plan.seed))
        self.chance = dice.apart("faults")
        self._dice = dice
        self.loop = VirtualLoop(dice.apart("loop"), plan.shuffles)
        self.story = Story(self.loop)
        self.tell = self.story.tell
        self.truth = Truth(Bounds(touches=plan.touches, looks=plan.looks, due=plan.due))
        self.weather = Weather()
        self.server = Server(self.loop, self._ordered, self._executed)
        self.lock = Lock()
        self.books = new_books(self.lock)
        self.nodes: list[Node] = []
        self._left_behind: list[Service] = []
        """Ended, as what they were to read next is purged; they are started again."""
        self.viewers: list[Viewer] = []
        self.failure: asyncio.Future[None] = self.loop.create_future()
        self._operator: Link
        self.wallet = Wallet()
        self.forger = Forger(dice.apart("forger"))
        self.sent = 0
        self.settled = 0
        self.disk: Path
        self._pids = 1

    def run(self) -> Outcome:
        broken = ""
        gc.collect()
        gc.disable()  # when it runs depends on more than the seed, and it may end what waits
        asyncio.set_event_loop(None)
        with (
            TemporaryDirectory(prefix="outcry-sim-") as disk,
            outside(self.loop, self._dice.apart("chance"), self.plan, self._logged),
        ):
            self.disk = Path(disk)
            try:
                self.loop.run_until_complete(self._watched())
            except Broken as rule:
                broken = str(rule)
            finally:
                self._end()
                gc.enable()
        self.tell("end", broken or "OK")
        return Outcome(
            self.plan.seed,
            broken,
            self.story.fingerprint,
            self.sent,
            len(self.truth.answers),
            self.truth.seq,
            self.loop.time(),
        )

    def _watched_to_the_end(self, watching: "asyncio.Future[None]") -> None:
        if not watching.cancelled() and (error := watching.exception()) is not None:
            self.fail(error)

    def fail(self, error: BaseException) -> None:
        if not self.failure.done():
            self.failure.set_exception(error)

    async def _watched(self) -> None:
        """The life of the world, until it ends or a rule is broken anywhere."""
        living = asyncio.ensure_future(self._live())
        await asyncio.wait(
            (living, self.failure), timeout=ANY_TIME_S, return_when=asyncio.FIRST_COMPLETED
        )
        if self.failure.done():
            living.cancel()
            self.failure.result()
        hold(living.done(), "it comes to an end", self.loop.time())
        living.result()
        self._check_defects()

    async def _live(self) -> None:
        self._operator = self.link(Process("operator", self.loop))
        self.nodes = nodes(self)
        for node in self.nodes:
            node.boot()
        await self._open_market()
        claims = Claims(self.truth)
        self.viewers += [self._viewer(number) for number in range(VIEWERS)]
        traders = [
            asyncio.ensure_future(self._trade(claims, account)) for account in ACCOUNTS[:TRADERS]
        ]
        traders.append(asyncio.ensure_future(self._trade(claims, ADMIN)))
        watching = asyncio.ensure_future(self._watch())
        watching.add_done_callback(self._watched_to_the_end)
        await self._go_wrong()
        await asyncio.gather(*traders)
        await self._heal()
        await self._come_to_rest()
        watching.cancel()
        claims.check_all()
        check_books(self.books, self.truth)

    async def _open_market(self) -> None:
        while not self.truth.answers:  # noqa: ASYNC110 - it stands behind the server
            await asyncio.sleep(0.05)
        for subject, body in opening(self.wallet, self._dice.apart("opening")):
            await self.forge(subject, json.dumps(body).encode())

    def _viewer(self, number: int) -> Viewer:
        """One without a key, one who sees everything, one who may only read; some accounts."""
        name = f"viewer {number}"
        dice = self._dice.apart(name)
        if not number:
            return Viewer(name, self.truth, dice)
        holder = {1: ADMIN, 2: READER}.get(number, ACCOUNTS[number % len(ACCOUNTS)])
        sees = {ADMIN: None, READER: READ}.get(holder, (holder,))
        take_key = partial(self.wallet.take, holder, dice)
        return Viewer(name, self.truth, dice, sees, take_key)

    async def _trade(self, claims: Claims, account: str) -> None:
        dice = self._dice.apart(account)
        flow: Flow | Operator = Flow(account, dice.apart("flow"))
        if account == ADMIN:
            flow = Operator(dice.apart("flow"), self.wallet)
        trader = Trader(flow, self.wallet, dice, claims, partial(self.tell, account))
        while self.sent < self.plan.commands:
            await asyncio.sleep(dice.between(0, 0.03 if account != ADMIN else 0.4))
            open_ = [n.service for n in self.nodes if n.kind == "gateway" and n.service.listens]
            there = [service for service in open_ if service.post is not None]
            if there:
                count = await trader.trade(dice.one_of(there))
                self.sent += count

    async def _watch(self) -> None:
        """Viewers and services that were left behind come back; all are asked how they are."""
        while True:
            await asyncio.sleep(0.1)
            streams = [n.service for n in self.nodes if n.kind == "stream" and n.service.listens]
            there = [service for service in streams if service.stream is not None]
            for node in self.nodes:
                if node.service in self._left_behind:
                    node.boot()
            self._left_behind.clear()
            for viewer in self.viewers:
                if there and not viewer.connected and self.chance.chance(0.5):
                    viewer.connect(self.chance.one_of(there))
            self.check_step()

    async def _go_wrong(self) -> None:
        """One fault after the other, now and then several at once, as the traders go on."""
        faults = self.plan.faults
        under_way: list[asyncio.Future[None]] = []
        for number in range(faults):
            due = self.plan.commands * number // (faults + 1)
            patience = self.loop.time() + 5.0
            while self.sent < due and self.loop.time() < patience:  # noqa: ASYNC110 - either
                await asyncio.sleep(0.005)
            await asyncio.sleep(self.chance.between(0, 0.02))
            fault: Fault = self.chance.one_of(OFTEN)
            under_way.append(asyncio.ensure_future(fault(self)))
        await asyncio.gather(*under_way)

    async def _heal(self) -> None:
        self.tell("heal", "everything")
        for stream_ in self.server.streams.values():
            stream_.room = -1
        self.lock.held = False
        for node in self.nodes:
            node.heal()

    async def _come_to_rest(self) -> None:
        deadline = self.loop.time() + REST_END_S
        while why := self._unrest():
            hold(self.loop.time() < deadline, "all comes to rest", why)
            await asyncio.sleep(0.1)
        self.check_step()

    def _unrest(self) -> str:
        ordered, answered = self.server.orders.end, len(self.truth.answers)
        if ordered != answered:
            return f"{ordered} entries, {answered} answers"
        if (booked := check_position(self.books, self.truth)) != answered:
            return f"{answered} answers, {booked} booked"
        for node in self.nodes:
            if node.position() != answered:
                return f"{node.name} is at {node.position()} of {answered}"
        for viewer in self.viewers:
            if not viewer.connected or viewer.last not in (None, self.truth.seq):
                return f"{viewer.name} has seen {viewer.last} of {self.truth.seq}"
        return ""

    def check_step(self) -> None:
        check_position(self.books, self.truth)
        for node in self.nodes:
            node.check(self.truth)
        self._check_defects()

    def _check_defects(self) -> None:
        for defect in self.loop.defects:
            if isinstance(defect, Broken):
                raise defect
            raise Broken("nothing is raised that nobody expects", repr(defect)) from defect

    def process(self, name: str) -> Service:
        """A new process, with a connection and the books."""
        self._pids += 1
        service = Service(name, self.loop)
        service.pid = self._pids
        service.link = self.link(service)
        service.link.pushes = self.plan.pushes
        service.link.ask_books = self._ask_books
        service.link.ask_access = self._ask_access
        service.link.hear = self._hear_as_guest
        service.books = self.books
        service.fork = self.process
        return service

    def _logged(self, who: str, what: str) -> None:
        self.tell(who, self._portable(what))

    def _portable(self, text: str) -> str:
        """Without the folder in which the disk is in this run: it belongs into no story."""
        return text.replace(str(self.disk), "disk")

    # What others need of the world -------------------------------------------------------

    def link(self, process: Process) -> Link:
        return Link(process, self.server, self.weather, self._dice.apart(process.name), self.loop)

    async def _ask_books(self, chosen: int, question: str, body: bytes) -> Message:
        brokers = [node.service for node in self.nodes if node.kind == "broker"]
        return await answer_question(brokers, chosen, question, body)

    async def _ask_access(self, chosen: int, body: bytes) -> Message:
        there = [n.service for n in self.nodes if n.kind == "orders" and n.service.runs]
        return await answer_access([service for service in there if service.desk], chosen, body)

    def _hear_as_guest(self, body: bytes) -> None:
        for told in json.loads(body):
            hold(told["seq"] <= self.truth.seq, "guests hear what is stored", told)
            shown = seen_by_anybody(self.truth.told[told["seq"] - 1])
            hold(told == shown, "guests hear what anybody may see", told)

    def failed(self, service: Service, error: Exception) -> None:
        """A service has ended by itself."""
        self._logged(service.name, f"fails: {error}")
        if isinstance(error, Broken):
            self.fail(error)
        if isinstance(error, Purged) and service.name.startswith(KEEP_NOTHING):
            self._left_behind.append(service)
            return
        self.fail(
            Broken("a service does not fail", f"{service.name}: {self._portable(repr(error))}")
        )

    async def forge(
        self, subject: str, body: bytes, amounts_to: list[Fields] | None = None
    ) -> None:
        """Write into ORDERS beside the gateways."""
        if amounts_to is not None:
            self.truth.junk[subject, body] = amounts_to
        await self.server.orders.send(subject, body)

    def _ordered(self, entry: Entry) -> None:
        self._guard(self.truth.ordered, entry)
        self.tell(
            "ORDERS", f"{entry.seq} {entry.subject} {entry.body[:TOLD_BYTES].decode('latin-1')}"
        )

    def _executed(self, entry: Entry) -> None:
        self._guard(self.truth.executed, entry)
        self.tell("EXECUTIONS", f"{entry.seq} {self.truth.digests[-1]}")

    def _guard(self, check: object, entry: Entry) -> None:
        try:
            check(entry)  # type: ignore[operator]
        except Broken as rule:
            self.fail(rule)

    def _end(self) -> None:
        """Let everything die, so that nothing is left behind."""
        for node in self.nodes:
            node.kill()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(1.0))
        self.loop.close()
        self.books.writer.dispose()
