import { canFilm } from "./camera.ts";
import { CameraIcon, CameraOffIcon } from "./icons.tsx";
import type { RoomModel } from "./room_model.ts";

/** The button that turns the camera on and off. */
export function CameraTool({ model }: { model: RoomModel }) {
  const { camera } = model;
  const isOn = camera.stream.value !== null;
  if (!canFilm()) return null;
  return (
    <button
      type="button"
      class={isOn ? "tool tool-on" : "tool"}
      aria-label={isOn ? "Turn camera off" : "Turn camera on"}
      aria-keyshortcuts="V"
      title={isOn ? "Turn camera off (V)" : "Turn camera on (V)"}
      onClick={() => camera.toggle()}
    >
      {isOn ? <CameraIcon /> : <CameraOffIcon />}
      <span class="tool-label">Camera</span>
    </button>
  );
}
