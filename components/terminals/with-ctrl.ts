/** What Ctrl makes of a key: letters and a few signs; everything else stays what it is. */
export function withCtrl(data: string): string {
  if (!/^[a-z@[\]\\^_?]$/i.test(data)) return data;
  return data === '?' ? '\x7f' : String.fromCharCode(data.toUpperCase().charCodeAt(0) & 0x1f);
}
