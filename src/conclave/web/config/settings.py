"""Django's settings, all derived from the instance and the operator's environment."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from conclave.instance import Instance
from conclave.web.config.operator import Operator, agreements, mail_settings
from conclave.web.keys import data_keys, ensure_keys

WEB = Path(__file__).resolve().parents[1]
DAY_S = 86_400

INSTANCE = Instance.from_environment()
ensure_keys(INSTANCE)
OPERATOR = Operator.from_environment(INSTANCE)
IS_SECURE = INSTANCE.cert is not None

DATA_KEYS = data_keys(INSTANCE)
SECRET_KEY = INSTANCE.secret_key.read_text()
DEBUG = False
ALLOWED_HOSTS = [INSTANCE.host, "localhost", "127.0.0.1", "[::1]"] if INSTANCE.is_local else [INSTANCE.host]

INSTALLED_APPS = [
    "conclave.web.pages",
    "conclave.web.rights",
    "conclave.web.meetings",
    "conclave.web.accounts",  # before allauth, so that our templates are found first
    "conclave.web.jobs",
    "conclave.web.gate",
    "conclave.web.vault",
    "conclave.web.privacy",
    "allauth",
    "allauth.account",
    "django_tasks",
    "django_tasks_db",
    "django_vite",
    "csp",
    "django.forms",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "conclave.web.config.middleware.PermissionsPolicy",
    "conclave.web.config.middleware.OneAddress",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "conclave.web.accounts.middleware.OwnTimeZone",
]
ROOT_URLCONF = "conclave.web.config.urls"
ASGI_APPLICATION = "conclave.web.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [WEB / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "conclave.web.pages.context.site",
                "conclave.web.privacy.context.notice",
            ],
            "builtins": ["conclave.web.pages.templatetags.bundle"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- data ---------------------------------------------------------------------------------------------------------

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": INSTANCE.database,
        "OPTIONS": {
            # A transaction takes the write lock at once and waits for it: none fails because another began to write.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Counters of rate limits: in memory, so that no address of a visitor is ever written down.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
DATA_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024  # bytes; the largest request is 100 reports of 2 KiB

# --- people -------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["conclave.web.accounts.hashers.BoundedArgon2"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("first_name", "last_name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "meetings:list"
LOGOUT_REDIRECT_URL = "pages:home"

ACCOUNT_ADAPTER = "conclave.web.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "conclave.web.accounts.forms.SignUpForm",
    "login": "conclave.web.accounts.forms.SignInForm",
    "reset_password": "conclave.web.accounts.forms.ForgottenForm",
    "reset_password_from_key": "conclave.web.accounts.forms.NewPasswordForm",
    "change_password": "conclave.web.accounts.forms.OtherPasswordForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_CHANGE_EMAIL = True  # the old address counts until the new one is confirmed, and goes then
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True  # only in the browser session that signed up
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = None  # the person decides by the checkbox
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if IS_SECURE else "http"
ACCOUNT_RATE_LIMITS = {"signup": "20/m/ip", "login": "30/m/ip", "login_failed": "20/m/ip,5/300s/key"}

SESSION_ENGINE = "conclave.web.accounts.sessions"
SESSION_COOKIE_AGE = 14 * DAY_S
SESSION_EXPIRE_AT_BROWSER_CLOSE = True  # unless the person asks to be remembered
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_AGE = None  # ends with the browser
CSRF_COOKIE_HTTPONLY = True  # pages hand the token to scripts in an attribute
CSRF_FAILURE_VIEW = "conclave.web.pages.views.cookies_needed"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # a cookie would carry names and addresses

# --- mail ---------------------------------------------------------------------------------------------------------

globals().update(mail_settings(INSTANCE))
AGREEMENTS = agreements()
DEFAULT_FROM_EMAIL = SERVER_EMAIL = OPERATOR.contact

# --- what browsers are told ---------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_SECURE
SECURE_HSTS_SECONDS = 365 * DAY_S if IS_SECURE else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
LIVE_ORIGIN = urlsplit(INSTANCE.live_url)._replace(path="").geturl()
HELPER_ORIGINS = [f"ws://127.0.0.1:{port}" for port in (27_653, 27_654, 27_655)]
"""Conclave Helper on the person's own computer (docs/protocol/control.md), and nothing else that listens there."""
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "worker-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'", LIVE_ORIGIN, INSTANCE.relay_url, *HELPER_ORIGINS],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["conclave"],
    }
}
PERMISSIONS_POLICY = (
    "camera=(self), microphone=(self), display-capture=(self), "
    "geolocation=(), payment=(), usb=(), serial=(), browsing-topics=()"
)

STATIC_URL = "/static/"
STATIC_FOLDER = WEB / "static"
DJANGO_VITE = {
    "default": {"manifest_path": STATIC_FOLDER / "room" / "manifest.json", "static_url_prefix": "/static/room/"}
}
SILENCED_SYSTEM_CHECKS = ["django_vite.W001"]  # `serve` names the command that builds a missing bundle

# --- words and time -----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "conclave.web.config.logs.DiscreetFormatter", "format": "%(levelname)s %(name)s %(message)s"}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.request": {"level": "ERROR"},  # a page that is not there is the visitor's business
        "django.security": {"level": "ERROR"},  # nor is a wrong Host header news
        "django_tasks": {"level": "CRITICAL"},  # the worker reports failures itself, without the words of the error
    },
}
