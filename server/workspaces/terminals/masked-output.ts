import { createMasker, type MaskedBytes, type Masker } from '@/server/secrets/mask';
import { processState } from '@/server/process-state';

/**
 * A token that comes in pieces must come this quickly to be seen as one. What a person types is shown at once: a person who types a
 * token letter by letter sees it, whose screen it is.
 */
const HELD_BACK_MS = 15;

/**
 * Masks the output of a terminal by the known shapes of tokens, one `*` for each byte, also over pieces. Tokens are letters, digits,
 * `_` and `-`, so no control sequence is ever broken (docs/decisions/0027-terminal.md says why not more).
 */
export class MaskedOutput {
  readonly #masker: Masker = processState('terminal-masker', () => createMasker([]));
  readonly #emit: (bytes: MaskedBytes) => void;
  /** Raw bytes: what may belong to a match that began before, then from `#from` on what was not passed on yet. */
  #window: Buffer = Buffer.alloc(0);
  #from = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(emit: (bytes: MaskedBytes) => void) {
    this.#emit = emit;
  }

  push(raw: Buffer): void {
    this.#window = Buffer.concat([this.#window, raw]);
    this.#pass(false);
    clearTimeout(this.#timer);
    if (this.#from < this.#window.length) this.#timer = setTimeout(() => this.flush(), HELD_BACK_MS);
  }

  /** Passes on what is held back. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#pass(true);
  }

  /** Forgets everything: what comes next belongs to nothing before. */
  restart(): void {
    clearTimeout(this.#timer);
    this.#window = Buffer.alloc(0);
    this.#from = 0;
  }

  #pass(final: boolean): void {
    if (this.#from >= this.#window.length) return;
    const { masked, settled } = this.#masker.mask(this.#window, this.#from, final);
    const cut = Math.max(0, settled - this.#masker.lookaround);
    this.#window = Buffer.from(this.#window.subarray(cut));
    this.#from = settled - cut;
    if (masked.length > 0) this.#emit(masked);
  }
}
