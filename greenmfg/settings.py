"""Settings of the portal: one file for development, demo, tests and production.

Everything that differs between them comes from the environment, through the three readers below; `docs/server.md`
lists the variables. What is nonsense is refused by the system checks (`greenmfg/checks.py`).
"""

import os
import secrets
import sys
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def text(name: str, default: str = "") -> str:
    """The variable `name`, or what the file named by `name`_FILE holds (secrets), without surrounding blanks."""
    path = os.environ.get(f"{name}_FILE")
    return Path(path).read_text().strip() if path else os.environ.get(name, default).strip()


def flag(name: str, default: bool = False) -> bool:
    """True for 1/true/yes/on, False for 0/false/no/off/empty; ImproperlyConfigured for anything else."""
    value = text(name, "1" if default else "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"", "0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is a switch: 1 or 0, not {value!r}")


def number(name: str, default: int) -> int:
    """The variable `name` as a whole number; ImproperlyConfigured if it is none."""
    value = text(name) or str(default)
    try:
        return int(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is a whole number, not {value!r}") from error


def listed(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


# --- What kind of place this is ------------------------------------------------------------------------------------

DEBUG = flag("DEBUG")
DEMO = flag("DEMO")  # invented people with a published password, on this machine only
DEMO_PASSWORD = "Demo-2026-green"  # of these accounts, which the demo command makes and sign-in shows
DEMO_USERNAMES = ["qiye", "qiye2", "quju", "quju2", "shiju", "fuze", "pingjia", "guanli", "anquan", "shenji"]
EMBEDDED = flag("EMBEDDED")  # set by the launcher when it runs its own PostgreSQL
TESTING = "pytest" in sys.modules
PRODUCTION = not (DEBUG or DEMO or TESTING)

VAR = Path(text("VAR_DIR") or BASE_DIR / "var")
MEDIA_ROOT = Path(text("MEDIA_ROOT") or VAR / "files")
OFFICIAL_FONTS = text("OFFICIAL_FONTS")  # folder with the bureau's licensed faces; empty: the open ones
NOTO_SERIF_SC = BASE_DIR / "node_modules" / "@expo-google-fonts" / "noto-serif-sc"
CLOCK_SHIFT_DAYS = 0 if PRODUCTION else number("CLOCK_SHIFT_DAYS", 0)
PORTAL_URL = text("PORTAL_URL", "http://127.0.0.1:8000").rstrip("/")


def secret_key() -> str:
    """SECRET_KEY; in development, demo and tests one made once and kept. Empty in production: Django then refuses."""
    given = text("SECRET_KEY")
    if given or PRODUCTION:
        return given
    kept = VAR / "secret-key"
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return kept.read_text()


SECRET_KEY = secret_key()
ALLOWED_HOSTS = listed("ALLOWED_HOSTS", "" if PRODUCTION else "127.0.0.1,localhost,testserver")
CSRF_TRUSTED_ORIGINS = listed("CSRF_TRUSTED_ORIGINS")

# --- Applications and the way of a request ---------------------------------------------------------------------------

INSTALLED_APPS = [
    "greenmfg",
    "registry",
    "evaluation",
    "review",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "import_export",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "greenmfg.headers.Health",
    "greenmfg.requests.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "greenmfg.headers.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "greenmfg.headers.IdleSession",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "greenmfg.nul.WithoutNul",
    "greenmfg.memo.OncePerPage",
]

ROOT_URLCONF = "greenmfg.urls"
WSGI_APPLICATION = "greenmfg.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "greenmfg.requests.request_id",
                "registry.views.context.ui",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")  # its templates, which ours in templates/django/forms may then replace

# --- Database, cache, broker -------------------------------------------------------------------------------------------


def database(url: str) -> dict[str, object]:
    """A Django database from postgresql://user:password@host:port/name?host=/socket/folder&option=value."""
    parts = urlsplit(url)
    if url and parts.scheme not in {"postgresql", "postgres"}:
        raise ImproperlyConfigured(f"DATABASE_URL begins with postgresql://, not {parts.scheme!r}")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": text("DATABASE_PASSWORD") or unquote(parts.password or ""),
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 0 if TESTING else 600,
        "CONN_HEALTH_CHECKS": True,
    }


# Tests make databases, so they sign in as the owner; tests/conftest.py then takes the application's role.
DATABASES = {"default": database((TESTING and text("OWNER_DATABASE_URL")) or text("DATABASE_URL"))}
DATABASE_APP_ROLE = text("DATABASE_APP_ROLE", "greenmfg_app")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def redis_urls(url: str) -> tuple[str, str]:
    """(broker, cache) of one server, data bases 0 and 1, from redis://…, rediss://… or unix:///socket."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"redis+socket://{parts.path}", f"unix://{parts.path}?db=1"
    if parts.scheme in {"redis", "rediss"}:
        password = text("REDIS_PASSWORD")
        if password:
            parts = parts._replace(netloc=f":{quote(password, safe='')}@{parts.netloc.rpartition('@')[2]}")
        broker, cache = (urlunsplit(parts._replace(path=path)) for path in ("/0", "/1"))
        return broker, cache
    raise ImproperlyConfigured(f"REDIS_URL begins with redis://, rediss:// or unix://, not {parts.scheme!r}")


REDIS_URL = text("REDIS_URL")
BROKER, CACHE = redis_urls(REDIS_URL) if REDIS_URL and not TESTING else ("memory://", "")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE}
    if CACHE
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# Broker and workers are disposable: what must be done stands in rows of the database, a task only says "look now".
CELERY_BROKER_URL = BROKER
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,  # seconds; longer than any task may run
    # A worker whose socket dies silently stays alive and deaf for ever unless these are set.
    "socket_timeout": 30,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 20,
}
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TASK_SOFT_TIME_LIMIT = 300
CELERY_TASK_TIME_LIMIT = 360
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0.1,
}  # a page must not wait for the broker
CELERY_TASK_ALWAYS_EAGER = TESTING
CELERY_TASK_EAGER_PROPAGATES = TESTING
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_BEAT_SCHEDULE = {
    "deliver": {"task": "registry.deliver", "schedule": 60.0, "options": {"expires": 55}},
    "render_rosters": {"task": "registry.render_rosters", "schedule": 60.0, "options": {"expires": 55}},
    "sweep_uploads": {"task": "registry.sweep_uploads", "schedule": 3600.0, "options": {"expires": 3500}},
    "heartbeat": {"task": "greenmfg.heartbeat", "schedule": 60.0, "options": {"expires": 55}},
}

# --- Language, time, files ---------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
if not PRODUCTION:
    STATIC_ROOT.mkdir(
        parents=True, exist_ok=True
    )  # WhiteNoise warns of a missing one, even if it serves from finders
STATICFILES_DIRS = [folder for folder in [BASE_DIR / "static" / "dist"] if folder.is_dir()]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION  # production serves what collectstatic put into STATIC_ROOT
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750

# --- Mail --------------------------------------------------------------------------------------------------------------


def mail(url: str) -> tuple[str, dict[str, object]]:
    """(back end, its EMAIL_… settings) from smtp://user:password@host:port, smtps://… (TLS at once) or console:"""
    parts = urlsplit(url)
    if parts.scheme == "console":
        return "django.core.mail.backends.console.EmailBackend", {}
    if parts.scheme not in {"smtp", "smtps"}:
        raise ImproperlyConfigured(
            f"EMAIL_URL begins with smtp://, smtps:// or is console:, not {parts.scheme!r}"
        )
    return "django.core.mail.backends.smtp.EmailBackend", {
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": text("EMAIL_PASSWORD") or unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


EMAIL_BACKEND, _mail = mail(text("EMAIL_URL", "smtp://localhost" if PRODUCTION else "console:"))
globals().update(_mail)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = text("EMAIL_FROM", "greenmfg@localhost")

# --- People and sign-in ------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "registry.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
if TESTING:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/desk/"
ACCOUNT_ADAPTER = "greenmfg.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_SESSION_REMEMBER = False
# Of sign-in, and of what the public may send without an account.
ACCOUNT_RATE_LIMITS = (
    False
    if TESTING
    else {
        "login": "30/m/ip",
        "signup": "30/h/ip",
        "login_failed": "10/m/ip,5/5m/key",
        "objection": "20/h/ip",
        "objection_track": "30/10m/ip,10/10m/key",
    }
)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_ISSUER = "北京市绿色制造单位管理平台"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION

# --- Safety ------------------------------------------------------------------------------------------------------------

SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 30 * 60  # idle seconds; greenmfg.headers.IdleSession renews it
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = PRODUCTION
BEHIND_PROXY = flag("BEHIND_PROXY")  # one of ours, which sets both headers itself
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # preloading is for the owner of the whole domain to ask for

# --- Logs --------------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "greenmfg.requests.WithRequestId"}},
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s [%(request_id)s] %(name)s: %(message)s"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["request_id"]}
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "greenmfg": {"level": "INFO"},
        "registry": {"level": "INFO"},
        "evaluation": {"level": "INFO"},
        "review": {"level": "INFO"},
        # Django's own handlers would print a second time, without the id.
        "django": {"handlers": ["stderr"], "level": "WARNING" if TESTING else "INFO", "propagate": False},
    },
}
