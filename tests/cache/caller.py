"""A process that calls a PIM as fast as the slots allow; started by `test_slot_processes.py`.

    python -m tests.cache.caller NAME REDIS_URL CONNECTION PORT CALLS HELD

Each call is a connection to the port: a line with the name, and a line back.
"""

import asyncio
import sys
from uuid import UUID

from quart_passport.cache.redis import RedisCacheStore
from quart_passport.cache.slots import StoreSlots
from tests.cache.keeping import PATIENCE


async def main(
    name: str, redis_url: str, connection: UUID, port: int, calls: int, held: float
) -> None:
    store = RedisCacheStore.connect(redis_url, time_limit=PATIENCE)
    slots = StoreSlots(store, held=held)

    async def call() -> None:
        async with slots.slot(connection):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"{name}\n".encode())
            assert await reader.readline() == b"done\n"
            writer.close()
            await writer.wait_closed()

    await asyncio.gather(*(call() for _ in range(calls)))
    await store.aclose()


if __name__ == "__main__":
    name, redis_url, connection, port, calls, held = sys.argv[1:]
    asyncio.run(main(name, redis_url, UUID(connection), int(port), int(calls), float(held)))
