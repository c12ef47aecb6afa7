import type { ChatMessage, FileProgress } from "../room/state.ts";
import { FileIcon, SaveIcon } from "./icons.tsx";
import type { RoomModel } from "./room_model.ts";
import { sizeText } from "./size_text.ts";

type Offer = NonNullable<ChatMessage["file"]>;

interface FileCardProps {
  readonly message: ChatMessage;
  readonly file: Offer;
  readonly model: RoomModel;
}

/** A file that is offered in the chat: what it is, how far it has come, and what can be done about it. */
export function FileCard({ message, file, model }: FileCardProps) {
  return (
    <div class="file-card">
      <FileIcon />
      <p class="file-about">
        <bdi class="file-name">{file.name}</bdi>
        <span class="file-size">{sizeText(file.sizeBytes)}</span>
      </p>
      {message.isSelf ? (
        <Given message={message} model={model} />
      ) : (
        <Taken message={message} file={file} model={model} />
      )}
    </div>
  );
}

function Given({ message, model }: Omit<FileCardProps, "file">) {
  return (
    <button
      type="button"
      class="button button-plain"
      title="Nobody can take the file any more; who has it keeps it"
      onClick={() => model.send({ type: "withdraw", id: message.id })}
    >
      Withdraw
    </button>
  );
}

function Taken({ message, file, model }: FileCardProps) {
  const { from, id } = message;
  const state = model.fileState(message);
  if (state.state === "gone") return <p class="file-fate">No longer offered</p>;
  if (state.state === "fetching" || state.state === "checking") {
    return (
      <div class="file-progress">
        <progress value={state.share} aria-label={`${file.name} is being received`} />
        <span>{Math.floor(state.share * 100)} %</span>
        <button
          type="button"
          class="button button-plain"
          onClick={() => model.send({ type: "cancel-fetch", from, id })}
        >
          Cancel
        </button>
      </div>
    );
  }
  return (
    <>
      {state.state === "failed" && <p class="file-fate file-fate-bad">It did not arrive.</p>}
      {state.state === "saved" && <p class="file-fate">Saved</p>}
      <button type="button" class="button" onClick={() => model.send({ type: "fetch", from, id })}>
        <SaveIcon />
        {LABELS[state.state]}
      </button>
    </>
  );
}

const LABELS: Readonly<Record<Exclude<FileProgress["state"], "fetching" | "checking" | "gone">, string>> = {
  offered: "Save",
  saved: "Save again",
  failed: "Try again",
};
