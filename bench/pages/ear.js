// Listens to whatever the page plays, at the last place before the loudspeaker, and remembers when a sound began there.
(() => {
  const EAR = `
    registerProcessor("ear", class extends AudioWorkletProcessor {
      #quietSince = 0;
      process([[samples = []]]) {
        const start = samples.findIndex((sample) => Math.abs(sample) > 0.05);
        if (start >= 0 && currentTime - this.#quietSince > 0.2) this.port.postMessage(currentTime + start / sampleRate);
        if (start >= 0) this.#quietSince = currentTime;
        return true;
      }
    });`;

  /** Unix milliseconds at which each sound left the loudspeaker. */
  window.heard = [];

  async function listen(context, source) {
    await context.audioWorklet.addModule(URL.createObjectURL(new Blob([EAR], { type: "text/javascript" })));
    const ear = new AudioWorkletNode(context, "ear", { numberOfOutputs: 0 });
    ear.port.onmessage = ({ data: atS }) => {
      const { contextTime, performanceTime } = context.getOutputTimestamp();
      window.heard.push(performance.timeOrigin + performanceTime + (atS - contextTime) * 1000);
    };
    connect.call(source, ear);
  }

  const { connect } = AudioNode.prototype;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode) listen(this.context, this);
    return connect.call(this, to, ...rest);
  };
})();
