"""
A PIM to play with: a separate app that behaves like an Akeneo PIM, with a catalogue of its own.

It is the other party of the wire and shares no code with quart-passport.
"""

from pathlib import Path

from quart_passport.sandbox.app import SandboxApp, create_sandbox
from quart_passport.sandbox.catalog import Catalog, Merchant
from quart_passport.sandbox.catalog_loading import load_catalog
from quart_passport.sandbox.editions import Edition
from quart_passport.sandbox.errors import AppRefused, CatalogError, SandboxError, StateError
from quart_passport.sandbox.pim import Pim

__all__ = [
    "WORLDS",
    "AppRefused",
    "Catalog",
    "CatalogError",
    "Edition",
    "Merchant",
    "Pim",
    "SandboxApp",
    "SandboxError",
    "StateError",
    "create_sandbox",
    "load_catalog",
    "world_directory",
]

WORLDS: tuple[str, ...] = ("clothing", "batteries", "furniture")


def world_directory(name: str) -> Path:
    """The catalogue folder of a built-in world. Raises CatalogError for an unknown name."""
    if name not in WORLDS:
        raise CatalogError(f'There is no world "{name}"; there are {", ".join(WORLDS)}.')
    return Path(__file__).parent / "worlds" / name / "api"
