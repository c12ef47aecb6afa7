// A microphone of our own making: silence and a short tone every second or so, and when each tone began to be spoken.
(() => {
  const RATE_HZ = 48_000;
  const STEP_MS = 10; // what sound cards hand over at a time
  const STEP_SAMPLES = (RATE_HZ * STEP_MS) / 1000;
  const TONE_HZ = 440;
  const TONE_STEPS = 25;
  const EVERY_STEPS = 107; // no multiple of a frame, so that tones begin anywhere in one

  /** Unix milliseconds at which the first sample of each tone was spoken. */
  window.spoken = [];
  /** Whether there is no silence between the tones. */
  window.isUnbroken = false;

  const clockMs = () => performance.timeOrigin + performance.now();

  function step(index, timestamp) {
    const at = index % EVERY_STEPS;
    const data = Float32Array.from({ length: STEP_SAMPLES }, (_, n) =>
      at < TONE_STEPS || window.isUnbroken ? 0.4 * Math.cos((2 * Math.PI * TONE_HZ * (at * STEP_SAMPLES + n)) / RATE_HZ) : 0,
    );
    const shape = { format: "f32-planar", sampleRate: RATE_HZ, numberOfFrames: STEP_SAMPLES, numberOfChannels: 1 };
    return new AudioData({ ...shape, timestamp, data });
  }

  async function speak(writer, startMs) {
    for (let index = 0; ; index += 1) {
      // A step can be handed over when its last sample has been spoken.
      const endMs = startMs + (index + 1) * STEP_MS;
      while (clockMs() < endMs) await new Promise((resolve) => setTimeout(resolve, 0));
      if (index % EVERY_STEPS === 0) window.spoken.push(startMs + index * STEP_MS);
      await writer.write(step(index, index * STEP_MS * 1000));
    }
  }

  navigator.mediaDevices.getUserMedia = async () => {
    const generator = new MediaStreamTrackGenerator({ kind: "audio" });
    speak(generator.writable.getWriter(), clockMs()).catch(() => undefined); // until the track is stopped
    return new MediaStream([generator]);
  };
})();
