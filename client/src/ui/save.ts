/** Hand a file to the person, from this browser's memory: no server sees it. */
export function saveFile(fileName: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
  // The download reads the address in this turn; later turns need it no more.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}

export function saveText(fileName: string, text: string): void {
  saveFile(fileName, new Blob([text], { type: "text/plain;charset=utf-8" }));
}
