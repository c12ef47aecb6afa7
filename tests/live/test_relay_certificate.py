"""The certificate that the relay generates, and the one that it is given."""

from __future__ import annotations

import asyncio
from pathlib import Path

import moq
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from conclave.relay import server
from conclave.relay.certificate import SERVED_S, RotatingCertificate
from tests.fakes import ALICE, BOB, CAROL
from tests.live.relay_cast import PATIENCE_S, Publisher, Stage, next_group, next_object, sealed, stage, subscribe

BROWSERS_ACCEPT_S = 14 * 86400


def read(file: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(Path(file).read_bytes())


def test_each_certificate_is_announced_before_it_is_served_and_valid_for_as_long_as_it_is(tmp_path: Path) -> None:
    now = 1_795_000_000.0
    rotating = RotatingCertificate("conclave.example", folder=tmp_path, now=now)
    for _ in range(5):
        served, following = rotating.fingerprints
        certificate = read(rotating.file)
        assert certificate.fingerprint(SHA256()).hex() == served
        assert certificate.not_valid_before_utc.timestamp() < now
        assert certificate.not_valid_after_utc.timestamp() > now + SERVED_S
        life = certificate.not_valid_after_utc - certificate.not_valid_before_utc
        assert life.total_seconds() <= BROWSERS_ACCEPT_S
        now += SERVED_S
        assert not rotating.handle_timer(now=now - 1)
        assert rotating.handle_timer(now=now)
        assert rotating.fingerprints[0] == following


@pytest.mark.parametrize("host", ["localhost", "conclave.example", "192.0.2.7", "2001:db8::7"])
def test_the_certificate_names_the_host(host: str, tmp_path: Path) -> None:
    certificate = read(RotatingCertificate(host, folder=tmp_path, now=0.0).file)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert host in [str(name.value) for name in names]


def test_the_key_is_for_its_owner_only(tmp_path: Path) -> None:
    file = Path(RotatingCertificate("localhost", folder=tmp_path, now=0.0).file)
    assert file.stat().st_mode & 0o077 == 0


def test_what_a_relay_that_was_killed_has_left_is_replaced(tmp_path: Path) -> None:
    before = RotatingCertificate("localhost", folder=tmp_path, now=0.0).fingerprints
    (tmp_path / "relay.new").write_text("half a cert")
    after = RotatingCertificate("localhost", folder=tmp_path, now=0.0)
    assert not set(before) & set(after.fingerprints)
    assert read(after.file).fingerprint(SHA256()).hex() == after.fingerprints[0]
    assert [path.name for path in tmp_path.iterdir()] == ["relay.pem"]


@pytest.mark.asyncio
async def test_open_sessions_go_on_while_the_certificate_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "CERTIFICATE_CHECK_S", 0.01)
    async with stage() as at:
        at.enter(ALICE, BOB, CAROL)
        first, second = at.relay.fingerprints
        async with at.connect(BOB) as bob, at.connect(CAROL) as carol:
            screen = Publisher.on(bob, BOB)
            track = await subscribe(carol, BOB)
            at.now[0] += SERVED_S
            # Who was told the fingerprints before still finds the new certificate among them.
            await served(at, second)
            with pytest.raises(moq.Error):
                async with at.connect(ALICE, fingerprint=first):
                    pass
            screen.publish(sealed())
            assert await next_object(await next_group(track)) == sealed()


async def served(at: Stage, fingerprint: str) -> None:
    """Return once the relay presents the certificate with this fingerprint."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                async with at.connect(ALICE, fingerprint=fingerprint):
                    return
            except moq.Error:
                await asyncio.sleep(0.01)


@pytest.mark.asyncio
async def test_a_certificate_that_was_given_is_read_again_when_its_files_change(tmp_path: Path) -> None:
    old = RotatingCertificate("localhost", folder=tmp_path, now=1_795_000_000.0)
    async with stage(cert=old.file, key=old.file) as at:
        at.enter(ALICE)
        assert at.relay.fingerprints == []
        before, after = old.fingerprints
        async with at.connect(ALICE, fingerprint=before):
            pass
        old.handle_timer(now=1_795_000_000.0 + SERVED_S)
        await served(at, after)


@pytest.mark.asyncio
async def test_a_port_in_use_is_said_in_one_line() -> None:
    async with stage() as at:
        port = at.relay.port
        with pytest.raises(ExceptionGroup) as caught:
            async with stage(port=port):
                pass
        assert caught.group_contains(OSError, match=rf"^cannot listen on UDP port {port} ")
