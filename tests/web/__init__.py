"""Tests of the site. Django is set up here, before any of them imports a model."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.web.settings")
django.setup()
