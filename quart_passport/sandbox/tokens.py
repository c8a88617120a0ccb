"""What a bearer token can turn out to be."""

from enum import Enum


class DeadToken(Enum):
    """Why a token opens nothing; the value is what the PIM says of it, with status 401."""

    UNKNOWN = "The access token provided is invalid."
    EXPIRED = "The access token provided has expired."
    DISCONNECTED = (
        "The access token provided is invalid. Your app has been disconnected from that PIM."
    )
