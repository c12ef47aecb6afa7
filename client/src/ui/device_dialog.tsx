import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { canFilm } from "./camera.ts";
import { DeviceSelect, LevelMeter } from "./device_choice.tsx";
import { Modal } from "./dialog.tsx";
import type { RoomModel } from "./room_model.ts";
import { playTestSound } from "./test_sound.ts";

interface DevicesButtonProps {
  readonly model: RoomModel;
  readonly class: string;
  readonly children: ComponentChildren;
}

/** Opens the choice of devices. */
export function DevicesButton({ model, class: look, children }: DevicesButtonProps) {
  const isOpen = useSignal(false);
  return (
    <>
      <button
        type="button"
        class={look}
        aria-label="Devices"
        title="Microphone, loudspeaker and camera"
        aria-haspopup="dialog"
        onClick={() => {
          isOpen.value = true;
        }}
      >
        {children}
      </button>
      {isOpen.value && (
        <DeviceDialog
          model={model}
          onClose={() => {
            isOpen.value = false;
          }}
        />
      )}
    </>
  );
}

/** Which microphone, loudspeaker and camera to use from now on. */
function DeviceDialog({ model, onClose }: { model: RoomModel; onClose(): void }) {
  const { voice, camera, devices } = model;
  useEffect(() => devices.watch(), [devices]);
  const film = (id: string): void => {
    devices.choose("camera", id);
    if (camera.stream.value) void camera.start();
  };
  return (
    <Modal title="Devices" onClose={onClose}>
      <DeviceSelect devices={devices} kind="microphone" onChoose={(id) => voice.choose("microphone", id)} />
      {voice.stream.value && voice.muting.value === "open" && <LevelMeter stream={voice.stream.value} />}
      <DeviceSelect devices={devices} kind="speaker" onChoose={(id) => voice.choose("speaker", id)} />
      <button type="button" class="button" onClick={() => void playTestSound(devices.chosen.speaker.value)}>
        Play a test sound
      </button>
      {canFilm() && <DeviceSelect devices={devices} kind="camera" onChoose={film} />}
      <div class="dialog-actions">
        <button type="button" class="button button-primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Modal>
  );
}
