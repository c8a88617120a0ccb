"""Every error of ours, as one tree.

PassportError
  * SettingsError                what the environment says is wrong or missing
  * InvalidInput                 an outside value was refused; says what is wrong and where
    + InvalidPimURL
    + InvalidDigitalLink
    + InvalidDeclaration         a tenant.toml
    + AuthorizationRefused       a connect or callback request that proves nothing
  * NotFound
    + TenantNotFound
    + ProductNotFound
    + ThemeNotFound
    + MediaNotFound
  * TenantGone                   the tenant has been disconnected, for good
  * TenantNotReady               registered, but its PIM is not connected (yet, or no more)
  * Conflict                     what was asked for contradicts what is stored
  * Unavailable                  try again later; carries `retry_after`
    + PimUnavailable
      - PimRateLimited
    + CacheUnavailable
    + StorageUnavailable
  * PimRefused                   the PIM answered, and said no
    + PimUnauthorized            the token is not accepted
      - PimDisconnected          ... because the app was disconnected in the PIM
    + PimForbidden
    + PimNotFound
    + PimInvalidRequest          a 4xx that blames the request, a stale attribute code for example
  * PimProtocolError             the PIM answered something that is not of its API
  * EgressRefused                an outgoing request would have left the allowed hosts or addresses
  * UnsealError                  a sealed value cannot be opened
  * KeyRingError                 the key ring file is missing, malformed or not the database's
  * ThemeError                   a theme failed while it rendered
  * PluginError                  a plugin cannot be loaded

Errors carry data, never an HTTP status: `web/error_pages.py` alone maps them to answers.
Their texts may be shown to operators; they hold no credential and no product data.
"""

from collections.abc import Sequence


class PassportError(Exception):
    """The root: whatever quart-passport raises on purpose."""


class SettingsError(PassportError):
    """All mistakes in the settings together, one sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class InvalidInput(PassportError):
    """A value from outside was refused. `where` names the field, file or argument."""

    def __init__(self, problem: str, *, where: str = "") -> None:
        super().__init__(f"{where}: {problem}" if where else problem)
        self.problem = problem
        self.where = where


class InvalidPimURL(InvalidInput):
    """Not the address of a PIM that this installation may connect to."""


class InvalidDigitalLink(InvalidInput):
    """Not a GS1 Digital Link URI that this installation resolves."""


class InvalidDeclaration(InvalidInput):
    """A tenant.toml that cannot be applied; nothing of it was."""


class AuthorizationRefused(InvalidInput):
    """An activate or callback request that cannot be trusted or has expired."""


class NotFound(PassportError):
    """There is no such thing, or it is not this reader's."""


class TenantNotFound(NotFound):
    """No tenant has this slug."""


class ProductNotFound(NotFound):
    """The PIM has no such product, or no passport configuration publishes it."""


class ThemeNotFound(NotFound):
    """No installed plugin registers a theme of this name."""


class MediaNotFound(NotFound):
    """No published passport of this tenant shows such a file."""


class TenantGone(PassportError):
    """The tenant was disconnected and is deleted, or about to be."""


class TenantNotReady(PassportError):
    """The tenant is registered but cannot publish: its PIM is not connected."""


class Conflict(PassportError):
    """The request contradicts what is stored; says what to do instead."""


class Unavailable(PassportError):
    """Something needed does not answer now. `retry_after` is in seconds."""

    def __init__(self, problem: str, *, retry_after: int = 30) -> None:
        super().__init__(problem)
        self.retry_after = retry_after


class PimUnavailable(Unavailable):
    """The PIM is down, too slow, or answers with errors of its own."""


class PimRateLimited(PimUnavailable):
    """The PIM asks for fewer requests."""


class CacheUnavailable(Unavailable):
    """The cache store does not answer."""


class StorageUnavailable(Unavailable):
    """The database does not answer."""


class PimRefused(PassportError):
    """The PIM answered and refused; its own words are in `detail`, cut short."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class PimUnauthorized(PimRefused):
    """The PIM does not accept the token. Never retried."""


class PimDisconnected(PimUnauthorized):
    """The PIM says that the app was disconnected from it."""


class PimForbidden(PimRefused):
    """The token lacks a permission."""


class PimNotFound(PimRefused):
    """The PIM does not have it, or hides it from this connection."""


class PimInvalidRequest(PimRefused):
    """The PIM calls the request invalid, for example because an attribute was deleted."""


class PimProtocolError(PassportError):
    """The answer is not what an Akeneo PIM answers."""


class EgressRefused(PassportError):
    """An outgoing request was stopped before it left."""


class UnsealError(PassportError):
    """Says one thing only, whatever the reason, so that nothing can be learnt from it."""

    def __init__(self) -> None:
        super().__init__("cannot unseal")


class KeyRingError(PassportError):
    """The key ring is missing, malformed, unsafe or does not fit the database."""


class ThemeError(PassportError):
    """A theme raised while rendering; the cause is chained."""


class PluginError(PassportError):
    """A plugin cannot be loaded or registers something unusable; names the plugin."""
