"""Tests of the site. Django is set up here, before any of them imports a model."""

from __future__ import annotations

import os

import django

# A process that a test starts brings its own settings, which may import this package.
if "DJANGO_SETTINGS_MODULE" not in os.environ:
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.web.settings"
    django.setup()
