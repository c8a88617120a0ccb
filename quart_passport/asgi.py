"""The app for ASGI servers: `hypercorn quart_passport.asgi:app`."""

from quart_passport.app import create_app

app = create_app()
