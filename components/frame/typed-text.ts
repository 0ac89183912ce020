/** What of a field matters here. */
interface Field {
  isConnected: boolean;
  value?: string;
  type?: string;
  textContent: string | null;
}

/** Choices and not texts; one that matters stands in a dialog or is sent at once. */
const withoutText = new Set(['checkbox', 'radio', 'range', 'file', 'button', 'submit', 'color', 'select-one', 'select-multiple']);

/** Knows the fields of a page that somebody has typed into. By the events: what React draws says nothing of who has written it. */
export class TypedText {
  readonly #fields = new Set<Field>();

  /** For every `input` event. What is typed into a terminal is in its shell already. */
  note(target: Field & { className?: unknown }): void {
    if (withoutText.has(target.type ?? '') || String(target.className).includes('xterm')) return;
    this.#fields.add(target);
  }

  /** Whether any of it still stands there. */
  get isThere(): boolean {
    for (const field of this.#fields) {
      const text = field.value ?? field.textContent ?? '';
      if (!field.isConnected || text.trim() === '') this.#fields.delete(field);
    }
    return this.#fields.size > 0;
  }
}
