declare const masked: unique symbol;

/** Text that went through a masker, so that it may be stored and sent. Columns and messages that take it refuse any other text. */
export type MaskedText = string & { readonly [masked]: true };
