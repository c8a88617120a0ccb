"""Proof that the key ring is the one this database was sealed with."""

import hmac

from tortoise.exceptions import IntegrityError

from quart_passport.crypto.keyring import KeyRing
from quart_passport.errors import KeyRingError
from quart_passport.storage.database import reaches_database
from quart_passport.storage.models import KeyCheckRow


@reaches_database
async def check_key_ring(ring: KeyRing) -> None:
    """Compare each key with its check value, and note the values of keys that are new.

    KeyRingError for a key that is not what its id meant before: nothing would open any more.
    """
    known = {row.key_id: row.value for row in await KeyCheckRow.all()}
    for key_id, value in ring.check_values().items():
        noted = known.get(key_id) or await _note(key_id, value)
        if not hmac.compare_digest(noted, value):
            raise KeyRingError(
                f"key {key_id} of the key ring is another one than this database was sealed with; "
                "use the key ring that belongs to the database"
            )


async def _note(key_id: int, value: bytes) -> bytes:
    """The value that is noted from now on."""
    try:
        await KeyCheckRow.create(key_id=key_id, value=value)
    except IntegrityError:
        # Another worker that starts at the same moment was faster; it may have another ring.
        return (await KeyCheckRow.get(key_id=key_id)).value
    return value
