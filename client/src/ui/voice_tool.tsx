import { useEffect } from "preact/hooks";
import { DevicesButton } from "./device_dialog.tsx";
import { MicIcon, MicOffIcon, UpIcon } from "./icons.tsx";
import { canSpeak } from "./microphone.ts";
import type { RoomModel } from "./room_model.ts";
import { listenToSpace } from "./voice_keys.ts";

/** The button that mutes and unmutes, and the space bar. */
export function VoiceTool({ model }: { model: RoomModel }) {
  const { voice } = model;
  const mayEverSpeak = canSpeak();
  const maySpeak = model.state.value.self?.grants.includes("speak") ?? true;
  const mayNow = mayEverSpeak && maySpeak && model.state.value.phase.name !== "over";
  useEffect(() => (mayNow ? listenToSpace(voice) : undefined), [voice, mayNow]);
  if (!mayEverSpeak || !maySpeak) return null;
  const isMuted = voice.muting.value === "muted";
  return (
    <div class="tool-slot">
      <button
        type="button"
        class={isMuted ? "tool" : "tool tool-speaking"}
        aria-keyshortcuts="M"
        title={isMuted ? "Unmute (M); hold the space bar to speak" : "Mute (M)"}
        onClick={() => voice.toggle()}
      >
        {isMuted ? <MicOffIcon /> : <MicIcon />}
        <span class="tool-label">{isMuted ? "Unmute" : "Mute"}</span>
      </button>
      <DevicesButton model={model} class="tool tool-devices">
        <UpIcon />
      </DevicesButton>
    </div>
  );
}
