"""The site's settings for tests: a data folder of their own, a bundle that need not be built, fast password hashing."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from conclave.instance import ENVIRONMENT_KEY, Instance

if ENVIRONMENT_KEY not in os.environ:
    folder = tempfile.mkdtemp(prefix="conclave-web-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ.update(Instance(data=folder).to_environment())

from conclave.web.config.settings import *  # noqa: F403

DJANGO_VITE = {
    "default": {
        "manifest_path": Path(__file__).with_name("manifest.json"),
        "static_url_prefix": "/static/room/",
    }
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", "conclave.web.accounts.hashers.BoundedArgon2"]
