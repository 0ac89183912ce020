/** Set when the program is bundled (scripts/setup/build-product.mjs). */
declare const ANYON_CLI_VERSION: string | undefined;

/** The version of this program: that of the Anyon it was built with. */
export const VERSION = typeof ANYON_CLI_VERSION === 'string' ? ANYON_CLI_VERSION : '0.0.0-dev';
