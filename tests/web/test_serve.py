"""The site's and the worker's processes as they are really started."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from conclave.instance import Instance

START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 10
RUN = """
from conclave.instance import Instance
from conclave.web import {0}
{0}.run(Instance.from_environment())
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(instance: Instance, part: str = "serve", **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    environment = {"DJANGO_SETTINGS_MODULE": "tests.web.settings", **environment}
    process = subprocess.Popen(
        [sys.executable, "-c", RUN.format(part)],
        env={**os.environ, **instance.to_environment(), **environment},
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until_healthy(client: httpx.Client) -> None:
    tick = threading.Event()
    for _ in range(START_TIMEOUT_S * 10):
        try:
            if client.get("/healthz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        tick.wait(0.1)
    raise AssertionError("the site did not start")


def test_a_trial_answers_on_both_loopback_addresses_and_stops_on_sigterm(tmp_path: Path) -> None:
    instance = Instance(data=str(tmp_path / "data"), port=free_port())
    with running(instance) as process, httpx.Client(base_url=instance.site_origin) as client:
        wait_until_healthy(client)
        assert "Meet now" in client.get("/").text
        assert client.get("/static/site/favicon.svg").status_code == 200
        for address in ("127.0.0.1", "[::1]"):
            assert httpx.get(f"http://{address}:{instance.port}/healthz").status_code == 200
        assert instance.database.stat().st_mode & 0o777 == 0o600
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_TIMEOUT_S) == 0


@pytest.mark.requirement(87)
def test_with_a_certificate_only_tls_answers(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    instance = Instance(data=str(tmp_path / "data"), port=free_port(), cert=str(cert), key=str(key))
    trust = ssl.create_default_context(cafile=str(cert))
    with running(instance), httpx.Client(base_url=instance.site_origin, verify=trust) as client:
        wait_until_healthy(client)
        answer = client.get("/accounts/login/")
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert "secure" in answer.headers["Set-Cookie"].lower()
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://localhost:{instance.port}/")


def test_without_a_bundle_it_names_the_command(tmp_path: Path) -> None:
    (tmp_path / "unbuilt.py").write_text(
        "from tests.web.settings import *\nDJANGO_VITE = {'default': {'manifest_path': '/nowhere/manifest.json'}}\n"
    )
    path = os.pathsep.join([str(tmp_path), os.getcwd(), os.path.join(os.getcwd(), "src")])
    instance = Instance(data=str(tmp_path / "data"), port=free_port())
    with running(instance, DJANGO_SETTINGS_MODULE="unbuilt", PYTHONPATH=path) as process:
        _, errors = process.communicate(timeout=START_TIMEOUT_S)
    assert process.returncode != 0
    assert b"run `make bundle`" in errors.splitlines()[-1]


def test_two_parts_that_start_at_once_agree_and_the_worker_stops_on_sigterm(tmp_path: Path) -> None:
    instance = Instance(data=str(tmp_path / "data"), port=free_port())
    with (
        running(instance) as site,
        running(instance, "worker") as worker,
        httpx.Client(base_url=instance.site_origin) as client,
    ):
        wait_until_healthy(client)
        form = {"email": "eve@example.org"}
        page = client.get("/accounts/password/reset/").text
        form["csrfmiddlewaretoken"] = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
        assert client.post("/accounts/password/reset/", data=form).status_code == 302
        tick = threading.Event()
        for _ in range(START_TIMEOUT_S * 10):
            if "No account with this address" in client.get("/outbox/").text:
                break
            tick.wait(0.1)
        else:
            raise AssertionError("no mail came")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(STOP_TIMEOUT_S) == 0
        assert site.poll() is None


def certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(cert.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return folder / "cert.pem", folder / "key.pem"


def test_the_register_is_printed_as_manifests(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "conclave", "privacy", "export", "--data", str(tmp_path / "data")]
    printed = subprocess.run(command, capture_output=True, text=True, timeout=START_TIMEOUT_S, check=True)
    assert set(json.loads(printed.stdout)) == {"dataset", "system"}
