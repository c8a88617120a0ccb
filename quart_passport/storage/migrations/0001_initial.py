from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from json import dumps, loads
from quart_passport.storage.models import TenantState
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields

class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name='DeletionRow',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('connection_hash', fields.CharField(db_index=True, max_length=64)),
                ('connection_id', fields.UUIDField(null=True)),
                ('reason', fields.CharField(max_length=40)),
                ('step', fields.CharField(max_length=20)),
                ('ttl', fields.IntField()),
                ('decided_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('due_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ('finished_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('counts', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
            ],
            options={'table': 'deletion', 'app': 'core', 'pk_attr': 'id', 'table_description': 'A deletion: how far it got while it runs, the receipt once it has finished.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='GenerationRow',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('drawn_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'generation', 'app': 'core', 'pk_attr': 'id', 'table_description': 'A sequence on every engine: inserting a row draws the next generation.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='KeyCheckRow',
            fields=[
                ('key_id', fields.BigIntField(primary_key=True, unique=True, db_index=True)),
                ('value', fields.BinaryField()),
            ],
            options={'table': 'key_check', 'app': 'core', 'pk_attr': 'key_id', 'table_description': 'Proof of which key an id means, so that a swapped key file stops the start.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='RetiredSlugRow',
            fields=[
                ('slug_hmac', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('origin_hmac', fields.CharField(db_index=True, max_length=64)),
            ],
            options={'table': 'retired_slug', 'app': 'core', 'pk_attr': 'slug_hmac', 'table_description': "Keeps a deleted tenant's slug for its own PIM, both only as HMACs."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='TenantRow',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('slug', fields.CharField(unique=True, max_length=63)),
                ('origin', fields.CharField(unique=True, max_length=300)),
                ('name', fields.CharField(max_length=100)),
                ('state', fields.CharEnumField(description='PENDING: pending\nACTIVE: active\nSUSPENDED: suspended\nDELETING: deleting', enum_type=TenantState, max_length=10)),
                ('ttl', fields.IntField()),
                ('gtin_attribute', fields.CharField(max_length=255)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'tenant', 'app': 'core', 'pk_attr': 'id', 'table_description': 'One PIM origin and what its merchant decided.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ConnectionRow',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('tenant', fields.OneToOneField('core.TenantRow', source_field='tenant_id', db_constraint=True, to_field='id', related_name='connection', on_delete=OnDelete.CASCADE)),
                ('generation', fields.BigIntField()),
                ('client_id', fields.CharField(max_length=255)),
                ('client_secret', fields.BinaryField(null=True)),
                ('token', fields.BinaryField(null=True)),
                ('token_number', fields.IntField(default=0, db_default=0)),
                ('scopes', fields.TextField(unique=False)),
                ('event_hook', fields.CharField(unique=True, max_length=32)),
                ('notification_hook', fields.CharField(unique=True, max_length=32)),
                ('event_secret', fields.BinaryField(null=True)),
                ('notification_secret', fields.BinaryField(null=True)),
                ('subscriber_id', fields.CharField(default='', db_default='', max_length=100)),
                ('subscription_id', fields.CharField(default='', db_default='', max_length=100)),
                ('disconnected_seen_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'connection', 'app': 'core', 'pk_attr': 'id', 'table_description': "A tenant's one link to its PIM."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='AuthorizationStateRow',
            fields=[
                ('state_hash', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=64)),
                ('browser_hash', fields.CharField(max_length=64)),
                ('connection', fields.ForeignKeyField('core.ConnectionRow', source_field='connection_id', null=True, db_constraint=True, to_field='id', related_name='states', on_delete=OnDelete.CASCADE)),
                ('origin', fields.CharField(max_length=300)),
                ('expires_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'authorization_state', 'app': 'core', 'pk_attr': 'state_hash', 'table_description': 'A connect attempt under way, known by hashes only and taken once, within ten minutes.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='PassportConfigRow',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('tenant', fields.ForeignKeyField('core.TenantRow', source_field='tenant_id', db_constraint=True, to_field='id', related_name='configs', on_delete=OnDelete.CASCADE)),
                ('position', fields.IntField()),
                ('data', fields.JSONField(encoder=functools.partial(dumps, separators=(',', ':')), decoder=loads)),
            ],
            options={'table': 'passport_config', 'app': 'core', 'unique_together': (('tenant', 'position'),), 'pk_attr': 'id', 'table_description': 'One passport configuration. The first whose rule matches decides.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='UserRow',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('tenant', fields.ForeignKeyField('core.TenantRow', source_field='tenant_id', db_constraint=True, to_field='id', related_name='users', on_delete=OnDelete.CASCADE)),
                ('sub', fields.CharField(max_length=255)),
                ('email', fields.CharField(max_length=320)),
                ('name', fields.CharField(max_length=255)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'dashboard_user', 'app': 'core', 'unique_together': (('tenant', 'sub'),), 'pk_attr': 'id', 'table_description': 'A person who connected or opened the app, known by `sub` alone.'},
            bases=['Model'],
        ),
    ]
