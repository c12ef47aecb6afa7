import { useEffect, useId, useRef } from "preact/hooks";
import type { DeviceKind, Devices } from "./devices.ts";

const LABELS: Readonly<Record<DeviceKind, string>> = {
  microphone: "Microphone",
  camera: "Camera",
  speaker: "Loudspeaker",
};

interface DeviceSelectProps {
  readonly devices: Devices;
  readonly kind: DeviceKind;
  onChoose(id: string): void;
}

/** Which device of a kind to use. */
export function DeviceSelect({ devices, kind, onChoose }: DeviceSelectProps) {
  const id = useId();
  const known = devices.of(kind);
  const chosen = devices.chosen[kind].value;
  // What was chosen once and is not plugged in now gives way to the system's own.
  const shown = known.some((device) => device.id === chosen) ? chosen : "";
  return (
    <div class="device">
      <label for={id}>{LABELS[kind]}</label>
      <select id={id} class="device-select" value={shown} onChange={(event) => onChoose(event.currentTarget.value)}>
        <option value="">The system's own</option>
        {known.map((device) => (
          <option key={device.id} value={device.id}>
            {device.label}
          </option>
        ))}
      </select>
    </div>
  );
}

/** Louder than this fills the bar; softer than that leaves it empty. In decibels below full scale. */
const FULL_DB = -12;
const EMPTY_DB = -60;

/** A bar that moves with what the microphone hears. */
export function LevelMeter({ stream }: { stream: MediaStream }) {
  const bar = useRef<HTMLSpanElement>(null);
  useEffect(
    () => followLevel(stream, (share) => bar.current?.style.setProperty("--level", share.toFixed(2))),
    [stream],
  );
  return (
    <p class="level">
      <span class="level-bar" aria-hidden="true">
        <span ref={bar} class="level-fill" />
      </span>
      <span>Say something: the bar moves when your microphone hears it.</span>
    </p>
  );
}

/** Tell how loud it is, from 0 to 1, with every picture of the display, until the returned function is called. */
function followLevel(stream: MediaStream, tell: (share: number) => void): () => void {
  // Nothing is played, so no loudspeaker is needed.
  const context = new AudioContext({ sinkId: { type: "none" } } as AudioContextOptions);
  const analyser = new AnalyserNode(context, { fftSize: 2048 });
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let frame = 0;
  const look = (): void => {
    analyser.getFloatTimeDomainData(samples);
    const energy = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    const db = 10 * Math.log10(Math.max(energy, 1e-10));
    tell(Math.min(1, Math.max(0, (db - EMPTY_DB) / (FULL_DB - EMPTY_DB))));
    frame = requestAnimationFrame(look);
  };
  look();
  return () => {
    cancelAnimationFrame(frame);
    void context.close();
  };
}
