"""Connecting an app to a PIM: OAuth 2.0's code grant in Akeneo's variant.

The client secret is never sent. A random identifier and the SHA-256 of both together prove the
app. That is not PKCE: it does not bind the code to a browser, so the caller's `state` must.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Meta

from quart_passport.egress.fetch import Egress, EgressFailed, Response
from quart_passport.errors import AuthorizationRefused, PimInvalidRequest, PimProtocolError
from quart_passport.pim.answers import check_answer, failure_of
from quart_passport.secret import Secret

# What reading passports takes, and no more.
READING_SCOPES = (
    "read_products",
    "read_catalog_structure",
    "read_attribute_options",
    "read_channel_localization",
    "read_channel_settings",
)
# Shown where they are granted; a PIM without Enterprise's rights drops them without a word.
OPTIONAL_SCOPES = (
    "read_association_types",
    "read_asset_families",
    "read_assets",
    "read_reference_entities",
    "read_reference_entity_records",
)
SIGN_IN_SCOPES = ("openid", "profile", "email")

_DEADLINE = 8.0
_LARGEST_ANSWER = 64 * 1024
# What changes data in the PIM.
_CHANGING = ("write_", "delete_", "create_", "manage_")
# RFC 6750, section 2.1, and RFC 7519, section 3; lengths far above what PIMs issue.
_BEARER = r"^[A-Za-z0-9._~+/-]{8,2048}=*\Z"
_JWT = r"^[A-Za-z0-9_-]{1,4096}(\.[A-Za-z0-9_-]{1,16384}){2}\Z"
_SCOPES = r"^([a-z_]{1,64}( [a-z_]{1,64}){0,99})?\Z"
# RFC 6749, appendix A.11.
_CODE = re.compile(r"[\x20-\x7e]{1,1024}")

_REASONS = {
    "invalid_client": "the PIM does not accept the app's client id and secret; compare both with "
    "what the PIM shows for this app",
    "invalid_grant": "the PIM's authorization code is used or older than 30 seconds; "
    "connect again from the PIM",
}


class _Granted(msgspec.Struct, frozen=True):
    access_token: Annotated[str, Meta(pattern=_BEARER)]
    token_type: Annotated[str, Meta(pattern=r"^[Bb]earer\Z")]
    scope: Annotated[str, Meta(pattern=_SCOPES)]
    id_token: Annotated[str, Meta(pattern=_JWT)] | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a PIM granted. The token has no end; the PIM's users may revoke it at any time."""

    token: Secret
    scopes: frozenset[str]
    # Only where `openid` was granted.
    id_token: Secret | None

    @property
    def missing_scopes(self) -> frozenset[str]:
        """What passports need and was not granted."""
        return frozenset(READING_SCOPES) - self.scopes


def authorize_url(origin: str, *, client_id: str, scopes: Iterable[str], state: str) -> str:
    """Where the merchant's browser goes to consent. The PIM knows the callback by the app."""
    query = {
        "response_type": "code",
        "client_id": client_id,
        "scope": " ".join(scopes),
        "state": state,
    }
    return f"{origin}/connect/apps/v1/authorize?{urlencode(query, quote_via=quote)}"


def code_challenge(code_identifier: str, client_secret: Secret) -> str:
    """The proof of the client secret for one token request."""
    return hashlib.sha256((code_identifier + client_secret.reveal()).encode()).hexdigest()


async def exchange_code(
    egress: Egress, origin: str, *, client_id: str, client_secret: Secret, code: str
) -> Grant:
    """Spend an authorization code. Asked once only: a code is good for one request.

    Raises AuthorizationRefused with what the merchant can do, PimUnavailable, PimProtocolError.
    """
    if not _CODE.fullmatch(code):
        raise AuthorizationRefused("is not an authorization code", where="code")
    code_identifier = secrets.token_hex(30)
    form = {
        "client_id": client_id,
        "code": code,
        "grant_type": "authorization_code",
        "code_identifier": code_identifier,
        "code_challenge": code_challenge(code_identifier, client_secret),
    }
    try:
        response = await egress.request(
            "POST",
            f"{origin}/connect/apps/v1/oauth2/token",
            headers={"accept": "application/json"},
            data=form,
            limit_bytes=_LARGEST_ANSWER,
            deadline=_DEADLINE,
        )
        return _grant_in(check_answer(response))
    except EgressFailed as error:
        raise failure_of(error) from None
    except PimInvalidRequest as refusal:
        raise AuthorizationRefused(_reason_of(refusal.detail), where="connecting") from None


def _grant_in(response: Response) -> Grant:
    try:
        granted = msgspec.json.decode(response.body, type=_Granted)
    except (msgspec.DecodeError, RecursionError):
        # Without the parser's words: they could quote a token.
        raise PimProtocolError("the PIM's answer to the token request cannot be read") from None
    scopes = frozenset(granted.scope.split())
    if changing := sorted(scope for scope in scopes if scope.startswith(_CHANGING)):
        raise AuthorizationRefused(
            f"granted more than reading ({', '.join(changing)}), which this app must not hold; "
            "reduce the app's permissions in the PIM and connect again",
            where="PIM",
        )
    id_token = Secret(granted.id_token) if granted.id_token else None
    return Grant(Secret(granted.access_token), scopes, id_token)


def _reason_of(detail: str) -> str:
    for word, reason in _REASONS.items():
        if detail.startswith(word):
            return reason
    return f"the PIM refused the token request ({detail})"
