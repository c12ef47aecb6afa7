/** Two soft notes, to find out whether a loudspeaker is the right one. */

const NOTES_HZ = [523, 784];
const NOTE_S = 0.25;
const LOUDNESS = 0.2;
/** Without it each note would begin and end with a click. */
const FADE_S = 0.02;

/** Play it on `speaker`, on the system's own if empty or gone. */
export async function playTestSound(speaker: string): Promise<void> {
  const context = new AudioContext();
  if (speaker !== "" && "setSinkId" in context) {
    await (context as { setSinkId(id: string): Promise<void> }).setSinkId(speaker).catch(() => undefined);
  }
  const notes = NOTES_HZ.map((frequency, index) => note(context, frequency, context.currentTime + index * NOTE_S));
  notes.at(-1)?.addEventListener("ended", () => void context.close());
}

function note(context: AudioContext, frequency: number, startS: number): OscillatorNode {
  const loudness = new GainNode(context, { gain: 0 });
  loudness.gain.setTargetAtTime(LOUDNESS, startS, FADE_S);
  loudness.gain.setTargetAtTime(0, startS + NOTE_S - 3 * FADE_S, FADE_S);
  const tone = new OscillatorNode(context, { frequency });
  tone.connect(loudness).connect(context.destination);
  tone.start(startS);
  tone.stop(startS + NOTE_S);
  return tone;
}
