import { useEffect, useId } from "preact/hooks";
import type { GivenView, RequestView } from "../room/state.ts";
import { OfferDialog } from "./control_offer.tsx";
import { untilText } from "./control_text.ts";
import { Words } from "./control_tools.tsx";
import { ControlIcon } from "./icons.tsx";
import type { RoomModel } from "./room_model.ts";

/** Who controls our computer, all the time, and the way to stop it. */
export function ControlBanner({ model }: { model: RoomModel }) {
  const { given } = model.state.value.control;
  if (given === null) return null;
  return (
    <div class="banner banner-control" role="status">
      <ControlIcon />
      <span>
        <bdi>{given.name}</bdi> controls your computer
        <span class="control-hint">{givenHint(given)}</span>
      </span>
      <button type="button" class="button" onClick={() => model.send({ type: "stop-control" })}>
        Stop control
      </button>
    </div>
  );
}

function givenHint({ held, scope, untilMs }: GivenView): string {
  if (held === "mouse") return "You are using the mouse, so theirs waits.";
  if (held === "asking") return "Theirs waits until you have answered Conclave Helper.";
  const what = scope.includes("keyboard") ? "Mouse and keyboard" : "Mouse only";
  return `${what}, until ${untilText(untilMs)}. Ctrl+Alt+End stops it, too.`;
}

/** Who asks, except for whoever is being answered. */
export function ControlRequests({ model }: { model: RoomModel }) {
  const { requests, offer } = model.state.value.control;
  return (
    <>
      {requests
        .filter(({ key }) => key !== model.control.choosing.value && key !== offer?.key)
        .map((request) => (
          <RequestToast key={request.key} request={request} model={model} />
        ))}
    </>
  );
}

/** The dialog in which a request is granted. */
export function ControlOffer({ model }: { model: RoomModel }) {
  useFocus(model);
  const { requests, offer } = model.state.value.control;
  const chosen = requests.find(({ key }) => key === model.control.choosing.value) ?? null;
  return (
    <>
      {(offer ?? chosen) && <OfferDialog key={(offer ?? chosen)?.key} request={chosen} offer={offer} model={model} />}
    </>
  );
}

/** What is typed into this window would come back to it: the helper holds keys back while it is in front. */
function useFocus(model: RoomModel): void {
  const isSharing = model.sharing.value === "yes";
  useEffect(() => {
    if (!isSharing) return;
    const tell = (): void => model.send({ type: "focus", isFocused: document.hasFocus() });
    tell();
    addEventListener("focus", tell);
    addEventListener("blur", tell);
    return () => {
      removeEventListener("focus", tell);
      removeEventListener("blur", tell);
    };
  }, [model, isSharing]);
}

function RequestToast({ request, model }: { request: RequestView; model: RoomModel }) {
  const id = useId();
  return (
    <section class="toast" aria-label="Somebody asks for control">
      <p class="knock-who" id={id}>
        <b>
          <bdi>{request.name}</bdi>
        </b>{" "}
        asks to control your computer
        <span class="knock-account">
          Their words: <Words words={request.words} />
        </span>
      </p>
      <div class="knock-answers">
        <button
          type="button"
          class="button"
          aria-describedby={id}
          onClick={() => model.send({ type: "refuse-control", key: request.key })}
        >
          Refuse
        </button>
        <button
          type="button"
          class="button button-primary"
          aria-describedby={id}
          onClick={() => (model.control.choosing.value = request.key)}
        >
          Give control
        </button>
      </div>
    </section>
  );
}
