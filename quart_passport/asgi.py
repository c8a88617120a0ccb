"""The app for ASGI servers: `hypercorn quart_passport.asgi:app`."""

from quart_passport.app import create_app
from quart_passport.observability.logs import set_up_logs
from quart_passport.settings import read_settings

_settings = read_settings()
set_up_logs(_settings.log_level, as_json=_settings.is_production)
app = create_app(_settings)
