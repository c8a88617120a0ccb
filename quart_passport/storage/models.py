"""The tables.

Credentials are sealed before they come here; product data never come here. Whatever belongs to a
tenant hangs on its row by `ON DELETE CASCADE`, so deleting that row deletes it all.
A class's docstring becomes its table's comment and must hold no semicolon.
"""

from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from tortoise import fields
from tortoise.models import Model


class TenantState(StrEnum):
    """Where a tenant is in its life. After `deleting` there is no row any more."""

    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETING = "deleting"


class TenantRow(Model):
    """One PIM origin and what its merchant decided."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    slug = fields.CharField(63, unique=True)
    # Scheme, host and port, canonical.
    origin = fields.CharField(300, unique=True)
    name = fields.CharField(100)
    state = fields.CharEnumField(TenantState, max_length=10)
    # Seconds.
    ttl = fields.IntField()
    gtin_attribute = fields.CharField(255)
    created_at = fields.DatetimeField(auto_now_add=True)

    connection: fields.OneToOneRelation["ConnectionRow"]
    configs: fields.ReverseRelation["PassportConfigRow"]
    users: fields.ReverseRelation["UserRow"]

    class Meta:
        table = "tenant"


class ConnectionRow(Model):
    """A tenant's one link to its PIM."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    tenant: fields.OneToOneRelation[TenantRow] = fields.OneToOneField(
        "core.TenantRow", related_name="connection", on_delete=fields.CASCADE
    )
    tenant_id: UUID
    # From `GenerationRow`, never used twice.
    generation = fields.BigIntField()
    # Of a custom app; empty with the published app.
    client_id = fields.CharField(255)
    client_secret = fields.BinaryField(null=True)
    token = fields.BinaryField(null=True)
    # Grows with each new token, so that a refusal of an old one is known as such.
    token_number = fields.IntField(default=0, db_default=0)
    # What the PIM granted, separated by blanks.
    scopes = fields.TextField()
    event_hook = fields.CharField(32, unique=True)
    notification_hook = fields.CharField(32, unique=True)
    event_secret = fields.BinaryField(null=True)
    notification_secret = fields.BinaryField(null=True)
    subscriber_id = fields.CharField(100, default="", db_default="")
    subscription_id = fields.CharField(100, default="", db_default="")
    # When the PIM first said that the app was disconnected, with the token that is still current.
    disconnected_seen_at = fields.DatetimeField(null=True)

    class Meta:
        table = "connection"


class PassportConfigRow(Model):
    """One passport configuration. The first whose rule matches decides."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    tenant: fields.ForeignKeyRelation[TenantRow] = fields.ForeignKeyField(
        "core.TenantRow", related_name="configs", on_delete=fields.CASCADE
    )
    tenant_id: UUID
    position = fields.IntField()
    data: fields.Field[dict[str, Any]] = fields.JSONField()

    class Meta:
        table = "passport_config"
        unique_together = (("tenant", "position"),)


class UserRow(Model):
    """A person who connected or opened the app, known by `sub` alone."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    tenant: fields.ForeignKeyRelation[TenantRow] = fields.ForeignKeyField(
        "core.TenantRow", related_name="users", on_delete=fields.CASCADE
    )
    tenant_id: UUID
    sub = fields.CharField(255)
    email = fields.CharField(320)
    name = fields.CharField(255)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "dashboard_user"
        unique_together = (("tenant", "sub"),)


class AuthorizationStateRow(Model):
    """A connect attempt under way, known by hashes only and taken once, within ten minutes."""

    state_hash = fields.CharField(64, primary_key=True)
    browser_hash = fields.CharField(64)
    # The registered connection that is being authorized; null with the published app.
    connection: fields.ForeignKeyNullableRelation[ConnectionRow] = fields.ForeignKeyField(
        "core.ConnectionRow", related_name="states", on_delete=fields.CASCADE, null=True
    )
    connection_id: UUID | None
    origin = fields.CharField(300)
    expires_at = fields.DatetimeField(db_index=True)

    class Meta:
        table = "authorization_state"


class RetiredSlugRow(Model):
    """Keeps a deleted tenant's slug for its own PIM, both only as HMACs."""

    slug_hmac = fields.CharField(64, primary_key=True)
    origin_hmac = fields.CharField(64, db_index=True)

    class Meta:
        table = "retired_slug"


class DeletionRow(Model):
    """A deletion: how far it got while it runs, the receipt once it has finished."""

    id = fields.UUIDField(primary_key=True, default=uuid4)
    # SHA-256 of the connection's id; the id itself goes when nothing is left to sweep.
    connection_hash = fields.CharField(64, db_index=True)
    connection_id: fields.Field[UUID | None] = fields.UUIDField(null=True)
    # What made us delete: a word from a short list.
    reason = fields.CharField(40)
    # The last step that was done.
    step = fields.CharField(20)
    # The longest time, in seconds, that a cached entry could still have lived.
    ttl = fields.IntField()
    decided_at = fields.DatetimeField()
    due_at = fields.DatetimeField(db_index=True)
    finished_at = fields.DatetimeField(null=True)
    # How many things went, by store.
    counts: fields.Field[dict[str, int]] = fields.JSONField()

    class Meta:
        table = "deletion"


class KeyCheckRow(Model):
    """Proof of which key an id means, so that a swapped key file stops the start."""

    key_id = fields.BigIntField(primary_key=True, generated=False)
    value = fields.BinaryField()

    class Meta:
        table = "key_check"


class GenerationRow(Model):
    """A sequence on every engine: inserting a row draws the next generation."""

    id = fields.BigIntField(primary_key=True)
    # The ORM cannot insert a row that has nothing but its key.
    drawn_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "generation"
