// One recording of the microphone: asks for it, records, and lets go of it at once when it is over.
import { route } from "./player.js";

// Chromium and Firefox record Opus; Safari on iOS knows MP4 only.
const RECORDED_AS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const MICROPHONE = { audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true } };
const BITS_A_SECOND = 32_000;

// A page that is not HTTPS has no microphone at all.
export function canRecord() {
  return Boolean(window.MediaRecorder && navigator.mediaDevices?.getUserMedia);
}

export class Recorder {
  // Resolves when it records, or with false when it was dropped meanwhile. `lost` is called when the microphone goes away.
  async start(context, lost) {
    route("play-and-record");
    this.stream = await navigator.mediaDevices.getUserMedia(MICROPHONE);
    if (this.over) {
      this.#release();
      return false;
    }
    const mimeType = RECORDED_AS.find((type) => MediaRecorder.isTypeSupported(type));
    this.recorder = new MediaRecorder(this.stream, { mimeType, audioBitsPerSecond: BITS_A_SECOND });
    this.parts = [];
    this.recorder.ondataavailable = (event) => this.parts.push(event.data);
    this.stopped = new Promise((resolve) => { this.recorder.onstop = resolve; });
    this.stream.getAudioTracks()[0].onended = lost;
    this.recorder.onerror = lost;
    this.#listen(context);
    this.recorder.start(1000);
    return true;
  }

  // How loud it is now, 0…1.
  level() {
    if (!this.analyser) return 0;
    this.analyser.getByteTimeDomainData(this.wave);
    return Math.min(1, this.wave.reduce((most, value) => Math.max(most, Math.abs(value - 128)), 0) / 100);
  }

  // What was recorded.
  async finish() {
    this.over = true;
    if (this.recorder?.state === "recording") this.recorder.stop();
    await this.stopped;
    this.#release();
    return new Blob(this.parts ?? [], { type: this.recorder?.mimeType ?? "" });
  }

  drop() {
    this.over = true;
    if (this.recorder?.state === "recording") this.recorder.stop();
    this.#release();
  }

  #listen(context) {
    if (!context) return;
    this.source = context.createMediaStreamSource(this.stream);
    this.analyser = context.createAnalyser();
    this.analyser.fftSize = 1024;
    this.wave = new Uint8Array(1024);
    this.source.connect(this.analyser);
  }

  // The browser's sign that somebody listens goes out only when every track has stopped.
  #release() {
    this.source?.disconnect();
    this.source = this.analyser = null;
    this.stream?.getTracks().forEach((track) => {
      track.onended = null;
      track.stop();
    });
  }
}
