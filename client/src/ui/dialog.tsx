import { useEffect, useId, useRef } from "preact/hooks";

interface ConfirmProps {
  readonly title: string;
  readonly text: string;
  readonly confirm: string;
  onConfirm(): void;
  onClose(): void;
}

/** Ask before something that cannot be taken back. The browser keeps the focus inside and gives it back afterwards. */
export function ConfirmDialog({ title, text, confirm, onConfirm, onClose }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => opener instanceof HTMLElement && opener.isConnected && opener.focus();
  }, []);
  const answer = (): void => {
    onClose();
    onConfirm();
  };
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
      onClose={onClose}
    >
      <h2 id={`${id}-title`}>{title}</h2>
      <p id={`${id}-text`}>{text}</p>
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" class="button button-bad" onClick={answer}>
          {confirm}
        </button>
      </div>
    </dialog>
  );
}
