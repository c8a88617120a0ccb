"""Akeneo's side of the wire: products, structure and files, connecting, ID tokens, events."""
