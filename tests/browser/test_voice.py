"""Alice speaks and Bob hears her: Chromium's fake microphone plays a known tone, and his loudspeaker is listened to."""

from __future__ import annotations

import math
import struct
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, Worker, expect

from tests.browser.capture import Wire, files_with, is_in_memory
from tests.browser.cast import Person
from tests.browser.conftest import FLAGS, WIDE, find_chromium
from tests.browser.server import Server
from tests.browser.test_canary import is_in_a_page

TONE_HZ = 1000
RATE_HZ = 48_000
BEEP_S, PAUSE_S = 0.6, 0.3
"""Not without pauses: noise suppression takes a tone that never ends for the hum of a machine."""
PATIENCE_MS = 20_000

# Taps what goes to the loudspeaker, and remembers the contexts that the page makes.
LISTEN = """
(() => {
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode) {
      const analyser = new AnalyserNode(this.context, { fftSize: 4096 });
      connect.call(this, analyser);
      window.heard = analyser;
    }
    return connect.call(this, to, ...rest);
  };
  /** The loudest frequency now and how loud it is, in decibels below full scale. */
  window.listen = () => {
    const { heard } = window;
    if (!heard) return { hz: 0, db: -1000, state: "none" };
    const bins = new Float32Array(heard.frequencyBinCount);
    heard.getFloatFrequencyData(bins);
    const loudest = bins.indexOf(Math.max(...bins));
    return { hz: (loudest * heard.context.sampleRate) / heard.fftSize, db: bins[loudest], state: heard.context.state };
  };
})();
"""
HEARS_TONE = f"() => {{ const {{ hz, db }} = window.listen(); return Math.abs(hz - {TONE_HZ}) < 25 && db > -50; }}"


def write_tone(path: Path) -> Path:
    """A tone with pauses, which Chromium plays again and again."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        beep = [math.sin(2 * math.pi * TONE_HZ * n / RATE_HZ) * 12_000 for n in range(int(BEEP_S * RATE_HZ))]
        samples = [int(value) for value in beep] + [0] * int(PAUSE_S * RATE_HZ)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return path


@pytest.fixture(scope="module")
def speaking_browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose microphone hears a tone."""
    tone = write_tone(tmp_path_factory.mktemp("sound") / "tone.wav")
    flags = [*FLAGS, "--use-fake-device-for-media-stream", f"--use-file-for-fake-audio-capture={tone}"]
    browser = playwright.chromium.launch(
        executable_path=find_chromium(), args=flags, ignore_default_args=["--mute-audio"]
    )
    yield browser
    browser.close()


class Speakers:
    """People with a microphone."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self.browser, self.server = browser, server
        self.people: list[Person] = []
        self.contexts: list[BrowserContext] = []

    def invite(self, name: str, *, may_speak: bool = True, on: Server | None = None, **options: object) -> Person:
        context = self.browser.new_context(viewport=WIDE, **options)  # type: ignore[arg-type]
        context.add_init_script(LISTEN)
        if may_speak:
            context.grant_permissions(["microphone"])
        self.contexts.append(context)
        self.people.append(Person(name, context.new_page(), on or self.server))
        return self.people[-1]


@pytest.fixture
def speakers(speaking_browser: Browser, server: Server) -> Iterator[Speakers]:
    group = Speakers(speaking_browser, server)
    yield group
    faults = [fault for person in group.people for fault in person.faults]
    for context in group.contexts:
        context.close()
    assert faults == []


@pytest.fixture
def alice_and_bob(speakers: Speakers, organizer_state: dict[str, object]) -> tuple[Person, Person]:
    """Both in the room, both muted."""
    alice, bob = speakers.invite("Alice", storage_state=organizer_state), speakers.invite("Bob")
    link = alice.meet_now()
    alice.start_meeting()
    bob.open(link)
    bob.join()
    expect(bob.page.get_by_role("status").first).to_contain_text("encrypted", timeout=PATIENCE_MS)
    return alice, bob


# Counts, in the worker, what is encoded and what is decoded, and keeps some packets.
COUNT = """
(() => {
  self.counted = { encoded: 0, decoded: 0, sizes: [], packets: [] };
  const { counted } = self;
  const encode = AudioEncoder.prototype.encode;
  AudioEncoder.prototype.encode = function (sound) {
    counted.encoded += 1;
    return encode.call(this, sound);
  };
  const decode = AudioDecoder.prototype.decode;
  AudioDecoder.prototype.decode = function (chunk) {
    counted.decoded += 1;
    if (!counted.sizes.includes(chunk.byteLength)) counted.sizes.push(chunk.byteLength);
    const packet = new Uint8Array(chunk.byteLength);
    chunk.copyTo(packet);
    counted.packets.push(packet);
    return decode.call(this, chunk);
  };
})();
"""
# Resolves when the fake microphone has begun to beep twice more, whoever is muted.
TWO_BEEPS = """
async () => {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 2048 });
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(2048);
  for (let beeps = 0, wasLoud = true; beeps < 2; await new Promise((next) => setTimeout(next, 20))) {
    analyser.getFloatTimeDomainData(samples);
    const isLoud = samples.some((sample) => Math.abs(sample) > 0.02);
    if (isLoud && !wasLoud) beeps += 1;
    wasLoud = isLoud;
  }
  stream.getTracks().forEach((track) => track.stop());
  await context.close();
}
"""


def worker_of(person: Person) -> Worker:
    return person.page.workers[0]


def counted(person: Person) -> dict[str, Any]:
    numbers = "({ ...self.counted, packets: self.counted.packets.map((packet) => [...packet]) })"
    return dict(worker_of(person).evaluate(numbers))


def speak_until_heard(speaker: Person, listener: Person) -> None:
    speaker.button("Unmute").click()
    expect(speaker.button("Mute")).to_be_visible()
    listener.page.wait_for_function(HEARS_TONE, timeout=PATIENCE_MS)


def test_bob_hears_what_alice_says_until_she_mutes(alice_and_bob: tuple[Person, Person]) -> None:
    alice, bob = alice_and_bob
    for person in alice_and_bob:
        worker_of(person).evaluate(COUNT)
    bob.show("Participants")
    row = bob.page.get_by_role("region", name="Participants").get_by_role("listitem").filter(has_text="Alice")
    expect(row).to_contain_text("muted")
    speak_until_heard(alice, bob)
    expect(row).to_contain_text("speaking")
    # Whatever was said, every packet is as long as every other.
    assert len(counted(bob)["sizes"]) == 1

    alice.button("Mute").click()
    expect(alice.button("Unmute")).to_be_visible()
    expect(row).to_contain_text("muted")
    bob.page.wait_for_function("() => window.listen().db < -100", timeout=PATIENCE_MS)
    before = counted(alice)["encoded"], counted(bob)["decoded"]
    alice.page.evaluate(TWO_BEEPS)
    assert (counted(alice)["encoded"], counted(bob)["decoded"]) == before
    assert min(before) > 0


def test_the_organizer_asks_for_silence(alice_and_bob: tuple[Person, Person]) -> None:
    alice, bob = alice_and_bob
    bob.button("Unmute").click()
    expect(bob.button("Mute")).to_be_visible()
    alice.show("Participants")
    row = alice.page.get_by_role("region", name="Participants").get_by_role("listitem").filter(has_text="Bob")
    row.get_by_role("button", name="Mute", exact=True).click()
    expect(bob.button("Unmute")).to_be_visible()
    expect(bob.page.get_by_text("Alice muted your microphone.").first).to_be_visible()
    expect(row.get_by_role("button", name="Mute", exact=True)).to_have_count(0)
    bob.button("Unmute").click()
    expect(bob.button("Mute")).to_be_visible()


def test_push_to_talk_and_the_key_m(alice_and_bob: tuple[Person, Person]) -> None:
    alice, bob = alice_and_bob
    alice.page.keyboard.down("Space")
    expect(alice.button("Mute")).to_be_visible()
    bob.page.wait_for_function(HEARS_TONE, timeout=PATIENCE_MS)
    alice.page.keyboard.up("Space")
    expect(alice.button("Unmute")).to_be_visible()
    alice.page.keyboard.press("m")
    expect(alice.button("Mute")).to_be_visible()
    alice.say("m is a letter, too")
    expect(alice.button("Mute")).to_be_visible()


def test_who_may_not_speak_is_told_why_and_can_try_again(
    speakers: Speakers, organizer_state: dict[str, object]
) -> None:
    alice = speakers.invite("Alice", may_speak=False, storage_state=organizer_state)
    alice.meet_now()
    alice.start_meeting()
    alice.button("Unmute").click()
    expect(alice.page.get_by_role("alert")).to_contain_text("does not let this page use the microphone")
    expect(alice.button("Unmute")).to_be_visible()
    alice.page.context.grant_permissions(["microphone"])
    alice.button("Try again").click()
    expect(alice.button("Mute")).to_be_visible()
    expect(alice.page.get_by_role("alert")).to_be_hidden()


def test_who_tries_their_microphone_at_the_door_is_heard_at_once(
    speakers: Speakers, organizer_state: dict[str, object]
) -> None:
    alice, bob = speakers.invite("Alice", storage_state=organizer_state), speakers.invite("Bob")
    link = alice.meet_now()
    alice.start_meeting()
    bob.open(link)
    switch = bob.page.get_by_role("switch", name="Microphone")
    expect(switch).not_to_be_checked()
    switch.click()
    level = "getComputedStyle(document.querySelector('.level-fill')).getPropertyValue('--level')"
    bob.page.wait_for_function(f"() => document.querySelector('.level-fill') && Number({level}) > 0.3")

    # The browser has been asked once, and the person has chosen: next time both are remembered.
    bob.page.reload()
    expect(switch).to_be_checked()
    bob.page.wait_for_function(f"() => document.querySelector('.level-fill') && Number({level}) > 0.3")
    bob.join()
    expect(bob.button("Mute")).to_be_visible()
    alice.page.wait_for_function(HEARS_TONE, timeout=PATIENCE_MS)


def test_another_microphone_is_chosen_while_speaking(alice_and_bob: tuple[Person, Person]) -> None:
    alice, bob = alice_and_bob
    speak_until_heard(alice, bob)
    alice.button("Devices").click()
    dialog = alice.page.get_by_role("dialog", name="Devices")
    microphones = dialog.get_by_label("Microphone")
    other = microphones.locator("option").last
    expect(other).not_to_have_attribute("value", "")
    microphones.select_option(index=microphones.locator("option").count() - 1)
    expect(dialog.get_by_text("Say something")).to_be_visible()
    dialog.get_by_role("button", name="Done").click()
    expect(alice.button("Mute")).to_be_visible()
    worker_of(bob).evaluate(COUNT)
    alice.page.evaluate(TWO_BEEPS)
    assert counted(bob)["decoded"] > 0
    bob.page.wait_for_function(HEARS_TONE, timeout=PATIENCE_MS)


@pytest.mark.requirement(4)
def test_what_is_said_is_nowhere_in_the_server(speakers: Speakers, tmp_path: Path) -> None:
    server = Server.start(tmp_path / "instance")
    wire = Wire.listen(tmp_path / "wire.pcap", ports=[server.instance.port, server.instance.live_port])
    try:
        alice, bob = speakers.invite("Alice", on=server), speakers.invite("Bob", on=server)
        alice.sign_up()
        link = alice.meet_now()
        alice.start_meeting()
        bob.open(link)
        bob.join()
        worker_of(bob).evaluate(COUNT)
        speak_until_heard(alice, bob)
        alice.page.evaluate(TWO_BEEPS)
        spoken = [bytes(packet) for packet in counted(bob)["packets"]][:30]
        assert len(set(spoken)) > 10
        for process in server.processes():
            assert not is_in_memory(spoken, process), process.cmdline()
        assert is_in_a_page(spoken), "the search itself would have found nothing"
    finally:
        server.stop()
        packets = wire.stop()
    assert len(packets) > 10_000, "the capture saw the meeting"
    assert not [packet for packet in spoken if packet in packets]
    assert files_with(spoken, server.data) == []
