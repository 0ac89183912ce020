/**
 * Where to end a piece of a byte stream so that pieces decoded one by one read as the whole would: the largest cut ≤ `length`
 * that splits no character, whatever bytes come next. 0 if there is only the beginning of a character. Up to three bytes remain.
 *
 * It holds for invalid UTF-8 too, under the WHATWG rules for U+FFFD. Cutting before a byte that is not a continuation byte is
 * always safe, for such a byte ends whatever came before it; so is cutting behind three continuation bytes in a row, for no
 * character has more. Else the bytes since the last lead byte are kept back if its character wants more of them.
 */
export function utf8Cut(bytes: Uint8Array, length = bytes.length): number {
  for (let back = 1; back <= Math.min(3, length); back++) {
    const byte = bytes[length - back]!;
    if (isContinuation(byte)) continue;
    return characterLength(byte) > back ? length - back : length;
  }
  // Three continuation bytes, or nothing but continuation bytes behind an earlier safe cut.
  return length;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** Bytes of the character that this byte begins; 1 for bytes that begin none. */
function characterLength(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}
