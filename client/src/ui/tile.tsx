import type { ComponentChildren } from "preact";
import { useCallback, useLayoutEffect, useRef } from "preact/hooks";
import type { Camera, Person } from "../room/state.ts";
import { doubtful, doubtText } from "./doubts.ts";
import { LargeIcon, MicOffIcon, WarningIcon } from "./icons.tsx";
import { hueOf, initials } from "./person_name.ts";
import type { RoomModel } from "./room_model.ts";
import { useSight } from "./sight.ts";
import { fillSurface } from "./surface.ts";

interface TileProps {
  readonly person: Person;
  readonly model: RoomModel;
  /** Whether it is the large one. */
  readonly isLarge: boolean;
}

/** One person: their camera, or their initials while it is off or cannot be seen. */
export function Tile({ person, model, isLarge }: TileProps) {
  const camera = model.state.value.cameras.find(({ device }) => device === person.device);
  const own = person.isSelf ? model.camera.stream.value : null;
  return (
    <figure
      class={model.voice.isSpeaking(person) ? "tile tile-speaking" : "tile"}
      style={{ "--hue": hueOf(person.participant) }}
      aria-label={person.isSelf ? "You" : person.name}
    >
      <span class="tile-avatar" aria-hidden="true">
        {initials(person.name)}
      </span>
      {own && <OwnPicture stream={own} />}
      {camera && <CameraPicture key={camera.device} camera={camera} name={person.name} model={model} />}
      {camera?.picture === "waiting-key" ? (
        <Note sign={<span class="spinner" aria-hidden="true" />}>Waiting for {person.name}'s key…</Note>
      ) : (
        doubtful([person]).map((one) => (
          <Note key={one.doubt} sign={<WarningIcon />}>
            {doubtText(one)}
          </Note>
        ))
      )}
      <p class="tile-name">
        {person.isMuted && (
          <>
            <MicOffIcon />
            <span class="visually-hidden">Muted: </span>
          </>
        )}
        <bdi>{person.name}</bdi>
        {person.isSelf && " (you)"}
      </p>
      {model.screen.value === null && <ChooseLarge person={person} model={model} isLarge={isLarge} />}
    </figure>
  );
}

/** Oneself as in a mirror, as everyone knows themselves; the others see it as it is. */
function OwnPicture({ stream }: { stream: MediaStream }) {
  const video = useRef<HTMLVideoElement>(null);
  useLayoutEffect(() => {
    if (video.current) video.current.srcObject = stream;
  }, [stream]);
  return <video ref={video} class="tile-picture tile-mirror" autoPlay muted playsInline aria-label="Your own camera" />;
}

interface CameraPictureProps {
  readonly camera: Camera;
  readonly name: string;
  readonly model: RoomModel;
}

function CameraPicture({ camera: { device, picture }, name, model }: CameraPictureProps) {
  const holder = useRef<HTMLDivElement>(null);
  const tell = useCallback((heightPx: number) => model.send({ type: "watch", device, heightPx }), [device, model]);
  useLayoutEffect(() => {
    return holder.current ? fillSurface(holder.current, { kind: "camera", device, model }) : undefined;
  }, [device, model]);
  useSight(holder, tell);
  return (
    <div
      ref={holder}
      class={picture === "shown" ? "tile-picture" : "tile-picture tile-veiled"}
      role="img"
      aria-label={`Camera of ${name}`}
    />
  );
}

function Note({ sign, children }: { readonly sign: ComponentChildren; readonly children: ComponentChildren }) {
  return (
    <p class="tile-note">
      {sign}
      <span>{children}</span>
    </p>
  );
}

function ChooseLarge({ person, model, isLarge }: TileProps) {
  const isChosen = isLarge && model.chosenPerson.value === person.device;
  return (
    <button
      type="button"
      class="icon-button tile-choose"
      aria-pressed={isChosen}
      aria-label={`Show ${person.isSelf ? "yourself" : person.name} large`}
      onClick={() => model.showLarge(isChosen ? null : person.device)}
    >
      <LargeIcon />
    </button>
  );
}
