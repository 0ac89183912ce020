/** Put in by a build (next.config.mjs): a name that is another one whenever anything of it is. */
declare const ANYON_BUILD: string | undefined;

/** Which build this code is of, in the browser as on the server. A tab that is older than its server has another one than the server says. */
export const BUILD = typeof ANYON_BUILD === 'undefined' ? 'development' : ANYON_BUILD;
