"""Akeneo's Event Platform: asking to be told of what changes and of a disconnected app.

One subscriber a connection, who also gets the notices about its subscriptions, and one
subscription that delivers events. Only PIMs in Akeneo's cloud have it, and only where a user
allowed it; then the errors of the PIM's refusals tell.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from quart_passport.egress.fetch import Egress, EgressFailed, Response
from quart_passport.errors import PimNotFound, PimProtocolError
from quart_passport.pim.answers import check_answer, failure_of
from quart_passport.pim.client import PimAccess
from quart_passport.secret import Secret

_PREFIX = "com.akeneo.pim.v1."
_LIFE = ("created", "updated", "deleted")
# What a passport is made of, and the end of the app.
EVENTS = (
    f"{_PREFIX}app.deleted",
    f"{_PREFIX}category.deleted",
    *(f"{_PREFIX}product.{what}" for what in (*_LIFE, "became-complete", "became-incomplete")),
    *(f"{_PREFIX}product-model.{what}" for what in _LIFE),
    *(f"{_PREFIX}asset.{what}" for what in _LIFE),
    *(f"{_PREFIX}reference-entity-record.{what}" for what in _LIFE),
    *(f"{_PREFIX}attribute.{what}" for what in _LIFE),
    *(f"{_PREFIX}attribute-group.{what}" for what in _LIFE),
    *(f"{_PREFIX}attribute-option.{what}" for what in _LIFE),
    *(f"{_PREFIX}family.{what}" for what in _LIFE),
)
_DEADLINE = 8.0
_LARGEST_ANSWER = 256 * 1024
_ID_FORM = re.compile(r"[A-Za-z0-9-]{1,64}")


class _Created(msgspec.Struct):
    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{1,64}\Z")]


class EventPlatform:
    """The Management API at `base_url`. Raises as PimClient does; nothing is tried twice."""

    def __init__(self, egress: Egress, base_url: str) -> None:
        self._egress = egress
        self._base_url = base_url.rstrip("/")

    async def create_subscriber(
        self,
        access: PimAccess,
        client_id: str,
        *,
        name: str,
        technical_email: str,
        notification_url: str,
        notification_secret: Secret,
    ) -> str:
        """The id of a new subscriber, who is told when a subscription is suspended or revoked."""
        contact = {
            "technical_email": technical_email,
            "notification_channels": ["webhook", "email"],
            "notification_webhook_url": notification_url,
            "notification_webhook_secret": notification_secret.reveal(),
        }
        body = {"name": name, "contact": contact}
        return _id_in(await self._call("POST", "/subscribers", access, client_id, body))

    async def create_subscription(
        self,
        access: PimAccess,
        client_id: str,
        subscriber: str,
        *,
        url: str,
        secret: Secret,
        events: Iterable[str] = EVENTS,
    ) -> str:
        """The id of a new subscription; it takes the platform minutes to bring it to life."""
        body = {
            "source": "pim",
            "subject": access.origin,
            "type": "https",
            "events": list(events),
            # The UUID is all that is needed to forget a product.
            "send_product_identifier": False,
            "config": {"url": url, "secret": {"primary": secret.reveal()}},
        }
        path = f"{_path_of(subscriber)}/subscriptions"
        return _id_in(await self._call("POST", path, access, client_id, body))

    async def delete_subscription(
        self, access: PimAccess, client_id: str, subscriber: str, subscription: str
    ) -> None:
        """End a subscription; one that is already gone is no error."""
        path = f"{_path_of(subscriber)}/subscriptions/{_checked(subscription)}"
        await self._delete(path, access, client_id)

    async def delete_subscriber(self, access: PimAccess, client_id: str, subscriber: str) -> None:
        """End a subscriber and all its subscriptions; one that is already gone is no error."""
        await self._delete(_path_of(subscriber), access, client_id)

    async def _delete(self, path: str, access: PimAccess, client_id: str) -> None:
        try:
            await self._call("DELETE", path, access, client_id)
        except PimNotFound:
            return

    async def _call(
        self,
        method: str,
        path: str,
        access: PimAccess,
        client_id: str,
        body: Mapping[str, Any] | None = None,
    ) -> Response:
        headers = {
            "accept": "application/json",
            "content-type": "application/json",
            "x-pim-url": access.origin,
            "x-pim-token": access.token.reveal(),
            "x-pim-client-id": client_id,
        }
        try:
            response = await self._egress.request(
                method,
                self._base_url + path,
                headers=headers,
                json=body,
                limit_bytes=_LARGEST_ANSWER,
                deadline=_DEADLINE,
            )
        except EgressFailed as error:
            raise failure_of(error) from None
        return check_answer(response)


def _path_of(subscriber: str) -> str:
    return f"/subscribers/{_checked(subscriber)}"


def _checked(number: str) -> str:
    if not _ID_FORM.fullmatch(number):
        raise PimNotFound("the Event Platform has no such id")
    return number


def _id_in(response: Response) -> str:
    try:
        return msgspec.json.decode(response.body, type=_Created).id
    except (msgspec.DecodeError, RecursionError):
        raise PimProtocolError("the Event Platform's answer holds no id") from None
