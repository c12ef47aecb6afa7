import { useEffect, useMemo, useRef } from "preact/hooks";
import { canFilm } from "./camera.ts";
import { DeviceSelect, LevelMeter } from "./device_choice.tsx";
import type { Devices } from "./devices.ts";
import { CameraIcon, CameraOffIcon, MicIcon, MicOffIcon, WarningIcon } from "./icons.tsx";
import { canSpeak } from "./microphone.ts";
import { Preview, type Previewed } from "./preview.ts";

/** What a person joins with: tried and chosen before anybody hears or sees them. */
export function JoinDevices({ devices }: { devices: Devices }) {
  const preview = useMemo(() => new Preview(devices), [devices]);
  useEffect(() => {
    const unwatch = devices.watch();
    void preview.begin();
    return () => {
      unwatch();
      preview.close();
    };
  }, [devices, preview]);
  const { microphone, camera } = preview.stream;
  return (
    <fieldset class="join-devices">
      <legend class="visually-hidden">What you join with</legend>
      {camera.value && <CameraPicture stream={camera.value} />}
      <div class="join-switches">
        {canSpeak() && <Switch preview={preview} kind="microphone" />}
        {canFilm() && <Switch preview={preview} kind="camera" />}
      </div>
      <Problem preview={preview} kind="microphone" />
      <Problem preview={preview} kind="camera" />
      {microphone.value && <LevelMeter stream={microphone.value} />}
      {microphone.value && <Choice preview={preview} kind="microphone" devices={devices} />}
      {camera.value && <Choice preview={preview} kind="camera" devices={devices} />}
    </fieldset>
  );
}

interface PreviewedProps {
  readonly preview: Preview;
  readonly kind: Previewed;
}

const FACES = {
  microphone: { label: "Microphone", on: <MicIcon />, off: <MicOffIcon /> },
  camera: { label: "Camera", on: <CameraIcon />, off: <CameraOffIcon /> },
} as const;

function Switch({ preview, kind }: PreviewedProps) {
  const isOn = preview.wanted[kind].value;
  const { label, on, off } = FACES[kind];
  return (
    <button
      type="button"
      class={isOn ? "button join-switch join-switch-on" : "button join-switch"}
      role="switch"
      aria-checked={isOn}
      aria-label={label}
      onClick={() => preview.toggle(kind)}
    >
      {isOn ? on : off}
      <span>{label}</span>
      <span class="join-state">{isOn ? "on" : "off"}</span>
    </button>
  );
}

function Problem({ preview, kind }: PreviewedProps) {
  const problem = preview.problem[kind].value;
  if (!problem) return null;
  return (
    <p class="callout callout-warn" role="alert">
      <WarningIcon />
      <span>{problem}</span>
    </p>
  );
}

function Choice({ preview, kind, devices }: PreviewedProps & { readonly devices: Devices }) {
  return <DeviceSelect devices={devices} kind={kind} onChoose={(id) => preview.choose(kind, id)} />;
}

/** The person as the others will see them, but mirrored, as people know themselves. */
function CameraPicture({ stream }: { stream: MediaStream }) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
  }, [stream]);
  return <video ref={video} class="join-camera" autoPlay muted playsInline aria-label="Your camera" />;
}
