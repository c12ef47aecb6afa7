/** What the site's own pages do beyond HTML: styles, the browser's time zone, and one page that waits for mail. */

import "./site.css";

fillTimeZone();
reloadWhenPending();

/** Tell the sign-up form which time zone the browser is in; the person can change it later. */
function fillTimeZone(): void {
  for (const field of document.querySelectorAll<HTMLInputElement>("input[data-detect-time-zone]")) {
    field.value ||= Intl.DateTimeFormat().resolvedOptions().timeZone;
  }
}

/** Look again after a moment where the server says that something is on its way. */
function reloadWhenPending(): void {
  const pending = document.querySelector<HTMLElement>("[data-reload-after-ms]");
  const afterMs = Number(pending?.dataset.reloadAfterMs);
  if (pending !== null && afterMs > 0) {
    setTimeout(() => location.reload(), afterMs);
  }
}
