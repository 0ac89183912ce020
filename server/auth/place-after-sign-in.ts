/** Sign-in itself, and what answers programs: nobody goes on there. */
const NO_PAGE = /^\/(?:api|sign-in|setup)(?:[/?#]|$)/;
const MOST_CHARACTERS = 4_000;

/** The page of this server that somebody was on the way to, as it stands in `?to=` of /sign-in; the board for anything else, for anybody can write such a link. */
export function placeAfterSignIn(asked: unknown): string {
  if (typeof asked !== 'string' || asked.length > MOST_CHARACTERS || !/^\/(?![/\\])[\x21-\x7e]*$/.test(asked)) return '/';
  return NO_PAGE.test(asked) ? '/' : asked;
}

/** Address of the sign-in for somebody on the way to this page, and who was refused for this reason. */
export function signInOnTheWayTo(place: string, refusal?: string): string {
  const words = new URLSearchParams({ ...(refusal !== undefined && { error: refusal }), ...(place !== '/' && { to: place }) });
  return words.size > 0 ? `/sign-in?${words}` : '/sign-in';
}
