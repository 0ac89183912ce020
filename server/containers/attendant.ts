/** A process of the wrapper that waits in a container for words, and does what a command would otherwise have to be brought in for. */
export interface Attendant {
  /** False once the connection has ended, from whichever side. */
  readonly isThere: boolean;
  /** The line that it answers; questions are answered in their order. Null when it is gone, or has not answered in time: then it is let go. */
  ask(line: string, timeoutMs: number): Promise<string | null>;
  /** Lets it go. What it has begun goes on. */
  dismiss(): void;
}
