import type { MaskedBytes, Masker } from '@/server/secrets/mask';
import { leavingControlSequences } from '@/server/secrets/mask-control-sequences';
import { findOpenToken } from '@/server/secrets/mask-open-match';

/**
 * A secret that comes in pieces must come this quickly to be seen as one. What a person types is shown at once: a person who types a
 * secret letter by letter sees it, whose screen it is.
 */
const HELD_BACK_MS = 15;
/** With some secrets nearly every letter is the beginning of one. Fewer than this do not wait, so that echo stays quick. */
const FEWEST_HELD_BACK = 4;

/**
 * Masks the output of a terminal, one `*` for each byte, also over pieces: known shapes of tokens and the values of its masker.
 * No control sequence is ever broken (docs/decisions/0027-terminal.md).
 */
export class MaskedOutput {
  readonly #emit: (bytes: MaskedBytes) => void;
  #masker: Masker;
  /** Raw bytes: what may belong to a match that began before, then from `#from` on what was not passed on yet. */
  #window: Buffer = Buffer.alloc(0);
  #from = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(masker: Masker, emit: (bytes: MaskedBytes) => void) {
    this.#masker = leavingControlSequences(masker);
    this.#emit = emit;
  }

  /** What comes from now on is masked by this one. */
  use(masker: Masker): void {
    this.#masker = leavingControlSequences(masker);
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
    const rest = this.#window.length - settled;
    if (rest > 0 && rest < FEWEST_HELD_BACK && findOpenToken(this.#window) === this.#window.length) return this.#pass(true);
    const cut = Math.max(0, settled - this.#masker.lookaround);
    this.#window = Buffer.from(this.#window.subarray(cut));
    this.#from = settled - cut;
    if (masked.length > 0) this.#emit(masked);
  }
}
