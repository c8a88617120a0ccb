"""Looking products up by name: alone at once, in a crowd together.

A PIM answers few calls at a time, but finds many products in one. So the first look-up goes out at
once, alone; those that come while it is under way gather, and leave together when as many as a
call should carry are there, when they have waited for a moment, or when a call comes back. A crowd
before as many different products then costs a few calls, and nobody alone waits for company.
GTINs that a PIM keeps as text cannot share a call: they stand in line for one each.
"""

import asyncio
import contextvars
import functools
import itertools
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from quart_passport.cache.patience import PATIENCE_SECONDS
from quart_passport.cache.store import Key, Scope
from quart_passport.errors import (
    PassportError,
    PimInvalidRequest,
    PimProtocolError,
    PimUnavailable,
    Unavailable,
)
from quart_passport.passport.product import Product
from quart_passport.passport.structure import Structure
from quart_passport.pim.slots import CALLS_AT_ONCE
from quart_passport.publishing.questions import MOST_HITS, Questions
from quart_passport.publishing.searches import (
    how_many_fit,
    match_names,
    most_together,
    search_for,
)
from quart_passport.tenancy.tenant import Tenant

_log = logging.getLogger(__name__)

# Seconds that a look-up waits for company while a call is under way.
_COMPANY = 0.02
_MOST_WAITING = 1000
# Seconds. A crowd is gone sooner than a PIM is mended.
_RETRY_AFTER = 5

# Calls for the names of one question that the PIM does not answer as a whole: enough to find the
# culprit.
_MOST_PARTS = 16

Answer = tuple[Structure, Product | None]
_Outcome = Product | PassportError | None


@dataclass(eq=False, slots=True)
class _Inquiry:
    """One name that somebody waits for."""

    tenant: Tenant
    structure: Structure
    name: str
    answer: asyncio.Future[Answer]


@dataclass(eq=False, slots=True)
class _Line:
    """The look-ups of one kind that wait for a call to one PIM."""

    scope: Scope
    kind: str
    waiting: deque[_Inquiry] = field(default_factory=deque)
    calls: int = 0
    timer: asyncio.TimerHandle | None = None


class Lookups:
    """Finds products by UUID, identifier or GTIN. One per process."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions
        self._lines: dict[tuple[Scope, str], _Line] = {}
        self._calls: set[asyncio.Task[None]] = set()

    async def find(self, tenant: Tenant, structure: Structure, key: Key) -> Answer:
        """The product that a key names, and the structure that it was found by.

        Unavailable where too many wait already; else as PimClient raises.
        """
        scope = tenant.connection.scope
        line = self._lines.setdefault((scope, key.kind), _Line(scope, key.kind))
        if len(line.waiting) >= _MOST_WAITING:
            raise Unavailable("too many products are asked for", retry_after=_RETRY_AFTER)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        inquiry = _Inquiry(tenant, structure, key.name, answer)
        line.waiting.append(inquiry)
        self._send_what_may_go(line)
        try:
            # After that whoever asked has gone.
            await asyncio.wait({answer}, timeout=PATIENCE_SECONDS)
            if inquiry in line.waiting:
                raise Unavailable("the PIM has too much to answer", retry_after=_RETRY_AFTER)
            return await answer
        finally:
            # One who leaves takes nobody else's look-up away.
            answer.cancel()
            if inquiry in line.waiting:
                line.waiting.remove(inquiry)

    async def find_all(
        self, tenant: Tenant, structure: Structure, uuids: Sequence[UUID]
    ) -> tuple[Structure, list[Product]]:
        """Those of the products that are there, for as few calls as they fit into."""
        names = [str(uuid) for uuid in uuids]
        products: list[Product] = []
        while names:
            many = how_many_fit(names, tenant, structure, kind="product", most=MOST_HITS)
            structure, outcomes = await self._ask(tenant, structure, "product", names[:many])
            products += filter(None, map(_told, outcomes.values()))
            names = names[many:]
        return structure, products

    async def aclose(self) -> None:
        """Give up what is under way and what waits."""
        for line in self._lines.values():
            _stop_waiting(line)
            for inquiry in line.waiting:
                inquiry.answer.cancel()
            line.waiting.clear()
        calls = tuple(self._calls)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    def _send_what_may_go(self, line: _Line, *, waited: bool = False) -> None:
        _stop_waiting(line)
        while line.waiting and line.calls < CALLS_AT_ONCE:
            if line.calls and not waited and len(line.waiting) < _most_of(line):
                break
            self._send(line)
        if line.waiting and line.calls < CALLS_AT_ONCE:
            loop = asyncio.get_running_loop()
            line.timer = loop.call_later(
                _COMPANY, lambda: self._send_what_may_go(line, waited=True)
            )

    def _send(self, line: _Line) -> None:
        first = line.waiting[0]
        names = [inquiry.name for inquiry in line.waiting]
        many = how_many_fit(
            names, first.tenant, first.structure, kind=line.kind, most=_most_of(line)
        )
        together = [line.waiting.popleft() for _ in range(many)]
        line.calls += 1
        # A context of its own: it ends with none of those who asked.
        call = asyncio.get_running_loop().create_task(
            self._call(line, together), context=contextvars.Context()
        )
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)

    async def _call(self, line: _Line, together: list[_Inquiry]) -> None:
        tenant, structure = together[0].tenant, together[0].structure
        names = list(dict.fromkeys(inquiry.name for inquiry in together))
        try:
            structure, outcomes = await self._ask(tenant, structure, line.kind, names)
            for inquiry in _unanswered(together):
                _answer(inquiry, structure, outcomes[inquiry.name])
        finally:
            for inquiry in _unanswered(together):
                inquiry.answer.cancel()
            line.calls -= 1
            self._send_what_may_go(line, waited=True)
            if not line.calls and not line.waiting:
                self._lines.pop((line.scope, line.kind), None)

    async def _ask(
        self, tenant: Tenant, structure: Structure, kind: str, names: Sequence[str]
    ) -> tuple[Structure, dict[str, _Outcome]]:
        """What each name leads to. What the PIM does not answer together is asked for in parts."""
        outcomes: dict[str, _Outcome] = {}
        parts = deque([names])
        failure: PassportError = PimUnavailable("the PIM does not answer for these names")
        for _ in range(_MOST_PARTS):
            part = parts.popleft()
            search = functools.partial(search_for, tenant, kind, part)
            try:
                structure, products = await self._questions.find(tenant, structure, search)
            except (PimInvalidRequest, PimProtocolError) as error:
                failure = _refused(error)
                if len(part) > 1:
                    middle = len(part) // 2
                    parts.extend((part[:middle], part[middle:]))
                else:
                    outcomes[part[0]] = failure
            except PassportError as error:
                # It would be the same for the other parts.
                failure = error
                parts.append(part)
                break
            else:
                outcomes |= match_names(tenant, structure, kind, part, products)
            if not parts:
                return structure, outcomes
        return structure, outcomes | dict.fromkeys(itertools.chain(*parts), failure)


def _most_of(line: _Line) -> int:
    """How many of those who wait one call may carry."""
    first = line.waiting[0]
    return most_together(first.tenant, first.structure, line.kind)


def _told(outcome: _Outcome) -> Product | None:
    if isinstance(outcome, PassportError):
        raise outcome
    return outcome


def _answer(inquiry: _Inquiry, structure: Structure, outcome: _Outcome) -> None:
    if isinstance(outcome, PassportError):
        inquiry.answer.set_exception(outcome)
    else:
        inquiry.answer.set_result((structure, outcome))


def _unanswered(together: list[_Inquiry]) -> list[_Inquiry]:
    return [inquiry for inquiry in together if not inquiry.answer.done()]


def _stop_waiting(line: _Line) -> None:
    if line.timer is not None:
        line.timer.cancel()
        line.timer = None


def _refused(error: PassportError) -> PassportError:
    """Kept for a while like any failure, or each visitor would cost two rounds."""
    if isinstance(error, PimInvalidRequest):
        return PimUnavailable("the PIM refuses what it is asked for")
    return error
