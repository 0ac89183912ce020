import { processState } from '@/server/process-state';

/** A text that several are sent, and its JSON as bytes from the moment in which the first one is. */
interface Slot {
  text: string | null;
  /** Of its JSON; null as long as nobody has asked for it. */
  length: number | null;
  readonly bytes: Uint8Array;
}

const encoder = new TextEncoder();
const SLOTS = 64;
/** For the JSON of a piece of a log, 64 KiB, which is a sixth longer where it is JSON itself. One of many control characters has no room, and is encoded for each who is sent it. */
const SLOT_BYTES = 128 * 1024;
/** Of a shorter text the JSON is made sooner than it is found. */
const LONG_TEXT = 4_096;

/**
 * The JSON of long texts, made once for all who are sent the same. It stands in places that are written over and over: bytes that are kept each for themselves
 * outlive the first collections of garbage, and then a process grows by all that one reader reads (decision 0042).
 */
export class EncodedTexts {
  readonly #slots: Slot[] = [];
  #oldest = 0;

  /** Says that several will be sent this very text: the last 64 such texts are kept. */
  offer(text: string): void {
    if (text.length < LONG_TEXT) return;
    const slot = (this.#slots[this.#oldest] ??= { text: null, length: null, bytes: new Uint8Array(SLOT_BYTES) });
    slot.text = text;
    slot.length = null;
    this.#oldest = (this.#oldest + 1) % SLOTS;
  }

  /** The JSON of a text that was offered; null of any other, and of one whose JSON is too long. To be copied at once: the place is used again. */
  bytesOf(text: string): Uint8Array | null {
    if (text.length < LONG_TEXT) return null;
    const slot = this.#slots.find((one) => one.text === text);
    if (!slot) return null;
    slot.length ??= encode(text, slot.bytes);
    if (slot.length === null) slot.text = null;
    return slot.length === null ? null : slot.bytes.subarray(0, slot.length);
  }
}

/** Null when there is no room for it. */
function encode(text: string, into: Uint8Array): number | null {
  const json = JSON.stringify(text);
  const { read, written } = encoder.encodeInto(json, into);
  return read === json.length ? written : null;
}

/** Those of this process. */
export function encodedTexts(): EncodedTexts {
  return processState('encoded-texts', () => new EncodedTexts());
}
