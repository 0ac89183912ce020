import { AnyonError } from '@/server/errors';

/** How the programs of our image end that do not know what they are asked for (64), and how the engine says that one is absent or cannot be started. */
const UNKNOWN_TO_IT: ReadonlySet<number> = new Set([64, 126, 127]);

/** True for the exit code of a program in a container whose image is older than this Anyon. */
export function isOlderImage(exitCode: number | null): boolean {
  return exitCode !== null && UNKNOWN_TO_IT.has(exitCode);
}

/** `what` begins the sentence, e.g. "The diff". The page knows the words "older image" and offers the restart. */
export function olderImage(what: string): AnyonError {
  return new AnyonError('precondition', `${what} needs something that is not there: this workspace was made with an older image. Restart it, and its container is made anew; its files stay. If that changes nothing, build the image first with \`npm run images\`.`);
}
