"""Several parts as one string of bytes that cannot be cut in another place."""


def frame(*parts: bytes) -> bytes:
    """Join the parts, each with its length before it in 4 bytes, big-endian."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
