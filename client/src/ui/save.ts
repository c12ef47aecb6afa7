/** Hand a text file to the person, made here: no server sees it. */
export function saveText(fileName: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
  // The download reads the address in this turn; later turns need it no more.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
