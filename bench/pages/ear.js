// Listens to whatever the page plays, at the last place before the loudspeaker: when a sound began there, and where it broke off.
(() => {
  const EAR = `
    registerProcessor("ear", class extends AudioWorkletProcessor {
      #quietSince = 0;
      #loudS = 0;
      constructor() {
        super();
        this.port.onmessage = () => this.port.postMessage({ loudS: this.#loudS, quietS: currentTime - this.#quietSince });
      }
      process([[samples = []]]) {
        const isLoud = (sample) => Math.abs(sample) > 0.05;
        const start = samples.findIndex(isLoud);
        if (start < 0) return true;
        const atS = currentTime + start / sampleRate;
        if (atS - this.#quietSince > 0.02) this.port.postMessage({ atS, gapS: atS - this.#quietSince });
        this.#quietSince = currentTime + samples.findLastIndex(isLoud) / sampleRate;
        this.#loudS += samples.length / sampleRate;
        return true;
      }
    });`;
  /** What was quiet for longer begins anew. */
  const PAUSE_S = 0.2;

  /** Unix milliseconds at which each sound left the loudspeaker. */
  window.heard = [];
  /** How long each silence was, in milliseconds. */
  window.gaps = [];
  /** Return how long there was sound so far, and how long it has been silent now, in seconds. */
  window.listened = () => Promise.resolve({ loudS: 0, quietS: Infinity });

  async function listen(context, source) {
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([EAR], { type: "text/javascript" })));
    const ear = new AudioWorkletNode(context, "ear", { numberOfOutputs: 0 });
    let told = Promise.withResolvers();
    ear.port.onmessage = ({ data }) => {
      if (data.gapS === undefined) return told.resolve(data);
      window.gaps.push(data.gapS * 1000);
      const { contextTime, performanceTime } = context.getOutputTimestamp();
      const heardMs = performance.timeOrigin + performanceTime + (data.atS - contextTime) * 1000;
      if (data.gapS > PAUSE_S) window.heard.push(heardMs);
    };
    window.listened = () => {
      told = Promise.withResolvers();
      ear.port.postMessage(null);
      return told.promise;
    };
    connect.call(source, ear);
  }

  const { connect } = AudioNode.prototype;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode) listen(this.context, this);
    return connect.call(this, to, ...rest);
  };
})();
