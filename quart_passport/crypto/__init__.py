"""The key ring, sealing of credentials, and signing of what leaves us and comes back."""
