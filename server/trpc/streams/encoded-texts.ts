const encoder = new TextEncoder();

/** A text and its JSON as bytes. */
interface Slot {
  text: string | null;
  length: number;
  readonly bytes: Uint8Array;
}

/** As many as a log keeps decoded for viewers that are close to each other (`KeptChunks`: 1 MiB in pieces of 64 KiB). */
const SLOTS = 16;
/** For the JSON of such a piece, which is a sixth longer where it is JSON itself. One of many control characters has no room, and is encoded for each viewer. */
const SLOT_BYTES = 128 * 1024;

/**
 * The JSON of the texts that were asked for last, made once for all who are sent the same. It stands in places that are written over and over: pieces that are kept each for itself
 * outlive the first collections of garbage, and then a process grows by all that one reader reads (decision 0042).
 */
export class EncodedTexts {
  readonly #slots: Slot[] = [];
  #oldest = 0;

  /** `before`, the JSON of the text, and `after`, as bytes that are the caller's own. */
  between(before: string, text: string, after: string): Uint8Array {
    const slot = this.#slots.find((one) => one.text === text) ?? this.#encode(text);
    if (!slot) return Buffer.from(before + JSON.stringify(text) + after);
    const [beforeLength, afterLength] = [Buffer.byteLength(before), Buffer.byteLength(after)];
    const bytes = Buffer.allocUnsafe(beforeLength + slot.length + afterLength);
    bytes.write(before);
    bytes.set(slot.bytes.subarray(0, slot.length), beforeLength);
    bytes.write(after, beforeLength + slot.length);
    return bytes;
  }

  /** Null when there is no room for it in a slot. */
  #encode(text: string): Slot | null {
    const json = JSON.stringify(text);
    if (json.length > SLOT_BYTES) return null;
    const slot = (this.#slots[this.#oldest] ??= { text: null, length: 0, bytes: new Uint8Array(SLOT_BYTES) });
    const { read, written } = encoder.encodeInto(json, slot.bytes);
    const fits = read === json.length;
    slot.text = fits ? text : null;
    slot.length = written;
    if (!fits) return null;
    this.#oldest = (this.#oldest + 1) % SLOTS;
    return slot;
  }
}
