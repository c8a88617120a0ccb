"""
What can go wrong inside the sandbox.

* SandboxError
  x CatalogError     a catalogue folder cannot be served
  x StateError       the state file cannot be read
  x AppRefused       an app's registration is not acceptable
  x EditRefused      a change of a product is not acceptable
  x ApiError         an answer of the REST API other than 2xx
  x TokenError       an answer of the token endpoint other than 2xx
  x PlatformError    an answer of the Event Platform other than 2xx
"""

from collections.abc import Mapping


class SandboxError(Exception):
    """Anything the sandbox itself reports."""


class CatalogError(SandboxError):
    """A catalogue folder cannot be served; the message names the file and the place in it."""


class StateError(SandboxError):
    """The state file is there but cannot be read; it is left as it is."""


class AppRefused(SandboxError):
    """A registration lacks something; the message is written for the person at the form."""


class EditRefused(SandboxError):
    """A product's form cannot be taken; the message is written for the person at the form."""


class ApiError(SandboxError):
    """An error answer of the REST API: `{"code": status, "message": message}`."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        documentation: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.documentation = documentation
        self.headers = dict(headers or {})

    def body(self) -> dict[str, object]:
        body: dict[str, object] = {"code": self.status, "message": self.message}
        if self.documentation is not None:
            body["_links"] = {"documentation": {"href": self.documentation}}
        return body


class TokenError(SandboxError):
    """A 400 of the token endpoint, in the words of RFC 6749 section 5.2."""

    def __init__(self, error: str, description: str | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.description = description

    def body(self) -> dict[str, str]:
        body = {"error": self.error}
        if self.description is not None:
            body["error_description"] = self.description
        return body


class PlatformError(SandboxError):
    """An error answer of the Event Platform: `{"errors": [{"message": …}]}`."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
