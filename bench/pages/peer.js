/**
 * A direct RTCPeerConnection, presenter or viewer (?role), with the sources and sinks to compare (?source, ?sink).
 * Offer, answer and trickled candidates go over one WebSocket, as applications do it.
 */
"use strict";

const MAX_BITRATE_BPS = 2_500_000;
/** What our own publisher writes too: constrained baseline, so that the codec does not decide. */
const PROFILE = "profile-level-id=42e01f";

const options = Object.fromEntries(new URLSearchParams(location.search));
const socket = new WebSocket(`ws://${location.host}/signal`);
const send = (message) => socket.send(JSON.stringify(message));
const stage = document.getElementById("stage");
let peer = null;

function connect() {
  peer?.close();
  peer = new RTCPeerConnection();
  peer.onicecandidate = ({ candidate }) => candidate && send({ candidate, role: options.role });
  return peer;
}

/** H.264 with our profile, and retransmission, which an application keeps. */
function preferredCodecs() {
  const { codecs } = RTCRtpReceiver.getCapabilities("video");
  const isOurs = (codec) => codec.sdpFmtpLine?.includes(PROFILE) && codec.sdpFmtpLine.includes("packetization-mode=1");
  return codecs.filter((codec) => (codec.mimeType === "video/H264" ? isOurs(codec) : codec.mimeType === "video/rtx"));
}

async function present(stream) {
  const [track] = stream.getVideoTracks();
  track.contentHint = "text";
  const sendEncodings = [{ maxBitrate: MAX_BITRATE_BPS, maxFramerate: picture.FPS }];
  const transceiver = connect().addTransceiver(track, { direction: "sendonly", streams: [stream], sendEncodings });
  transceiver.setCodecPreferences(preferredCodecs());
  await peer.setLocalDescription();
  send({ description: peer.localDescription });
}

/** A video element, as applications show a screen. */
function showInVideo(track) {
  const video = Object.assign(document.createElement("video"), { autoplay: true, muted: true });
  video.srcObject = new MediaStream([track]);
  stage.replaceChildren(video);
}

/** The frames one by one through a worker to a video, as our own viewer does. */
function showThroughWorker(track) {
  const worker = new Worker("sink.js");
  const { readable } = new MediaStreamTrackProcessor({ track });
  const generator = new MediaStreamTrackGenerator({ kind: "video" });
  const { writable } = generator;
  worker.postMessage({ readable, writable }, [readable, writable]);
  showInVideo(generator);
}

const sinks = { video: showInVideo, worker: showThroughWorker };

async function receive({ description, candidate }) {
  if (candidate) return peer.addIceCandidate(candidate);
  if (description.type === "offer") {
    connect().ontrack = ({ track }) => sinks[options.sink](track);
    await peer.setRemoteDescription(description);
    await peer.setLocalDescription();
    return send({ description: peer.localDescription });
  }
  return peer.setRemoteDescription(description);
}

/** What the browser's own statistics say about the bytes and the codec that was negotiated. */
async function statistics() {
  const stats = new Map(await peer.getStats());
  const inbound = [...stats.values()].find((entry) => entry.type === "inbound-rtp");
  const codec = stats.get(inbound.codecId);
  return { bytes: inbound.bytesReceived, codec: `${codec.mimeType} ${codec.sdpFmtpLine ?? ""}` };
}

// Messages are handled one after the other: a candidate must not overtake its description.
let handled = Promise.resolve();
const enqueue = (work) => {
  handled = handled.then(work);
};

if (options.role === "presenter") {
  picture.use(options.source);
  const screen = navigator.mediaDevices.getDisplayMedia({ video: { frameRate: picture.FPS } });
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    enqueue(async () => (message.join ? present(await screen) : receive(message)));
  };
} else {
  socket.onmessage = ({ data }) => enqueue(() => receive(JSON.parse(data)));
}

document.getElementById("join").onclick = () => send({ join: true });
socket.onopen = () => {
  document.body.dataset.ready = "yes";
};
globalThis.statistics = statistics;
