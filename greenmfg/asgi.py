"""The same portal for an ASGI server. The default set-up runs gunicorn with sync workers (see wsgi)."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "greenmfg.settings")

application = get_asgi_application()
