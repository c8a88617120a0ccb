"""Every request that leaves us: where it may go, how it gets there, and how much may come back."""
