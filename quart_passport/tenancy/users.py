"""People who connected or opened the app in their PIM."""

from quart_passport.pim.id_tokens import PimUser
from quart_passport.storage.database import reaches_database
from quart_passport.storage.models import UserRow
from quart_passport.tenancy.tenant import Tenant

# The column's width; a PIM may put two names of 255 characters together.
_LONGEST_NAME = 255


@reaches_database
async def remember_user(tenant: Tenant, user: PimUser) -> None:
    """Note who it was. The PIM's `sub` alone is the identity; name and address are for display."""
    await UserRow.update_or_create(
        tenant_id=tenant.id,
        sub=user.sub,
        defaults={"email": user.email, "name": user.name[:_LONGEST_NAME]},
    )
