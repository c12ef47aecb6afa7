import { useId } from "preact/hooks";
import type { Knock } from "../room/state.ts";
import { PeopleIcon } from "./icons.tsx";
import { toolId } from "./panel.tsx";
import type { RoomModel } from "./room_model.ts";

/** Those who wait in the lobby, in the panel of participants. */
export function KnockList({ model }: { model: RoomModel }) {
  const { knocks } = model.state.value;
  if (knocks.length === 0) return null;
  return (
    <section class="knocks" aria-label="Waiting in the lobby">
      <header class="knocks-head">
        <h3>Waiting in the lobby</h3>
        {knocks.length > 1 && <AdmitAll model={model} />}
      </header>
      <ul>
        {knocks.map((knock) => (
          <li key={knock.participant} class="knock">
            <KnockRow knock={knock} model={model} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Somebody knocks: told where the organizer looks, while the panel that lists them is closed. */
export function KnockToast({ model }: { model: RoomModel }) {
  const { knocks } = model.state.value;
  const [first] = knocks;
  if (first === undefined || model.panel.value === "people") return null;
  return (
    <section class="toast" aria-label="Somebody knocks">
      {knocks.length === 1 ? <KnockRow knock={first} model={model} /> : <SeveralKnock model={model} />}
    </section>
  );
}

function KnockRow({ knock, model }: { knock: Knock; model: RoomModel }) {
  const id = useId();
  const admit = (): void => answer(model, { type: "admit", participants: [knock.participant] });
  const deny = (): void => answer(model, { type: "deny", participant: knock.participant });
  return (
    <>
      <p class="knock-who" id={id}>
        <b>
          <bdi>{knock.name}</bdi>
        </b>{" "}
        wants to come in
        <span class="knock-account">{knock.account ? "Signed in on this site" : "Guest, not signed in"}</span>
      </p>
      <div class="knock-answers">
        <button type="button" class="button" aria-describedby={id} onClick={deny}>
          Deny
        </button>
        <button type="button" class="button button-primary" aria-describedby={id} onClick={admit}>
          Admit
        </button>
      </div>
    </>
  );
}

function SeveralKnock({ model }: { model: RoomModel }) {
  const count = model.state.value.knocks.length;
  return (
    <>
      <p class="knock-who">
        <b>{count} people</b> want to come in
      </p>
      <div class="knock-answers">
        <button type="button" class="button" onClick={() => (model.panel.value = "people")}>
          <PeopleIcon />
          See who
        </button>
        <AdmitAll model={model} />
      </div>
    </>
  );
}

/** All whom the person sees: whoever knocks in the meantime is not among them. */
function AdmitAll({ model }: { model: RoomModel }) {
  const participants = model.state.value.knocks.map((knock) => knock.participant);
  return (
    <button type="button" class="button button-primary" onClick={() => answer(model, { type: "admit", participants })}>
      Admit all
    </button>
  );
}

/** The button that was pressed is gone in a moment: go on from the tool that leads to the list. */
function answer(
  model: RoomModel,
  command: { type: "admit"; participants: string[] } | { type: "deny"; participant: string },
): void {
  model.send(command);
  const isLast = command.type === "deny" || command.participants.length === model.state.value.knocks.length;
  if (isLast || model.panel.value !== "people") document.getElementById(toolId("people"))?.focus();
}
