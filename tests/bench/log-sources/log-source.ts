/**
 * Something that shows a growing log to somebody elsewhere, measured by the rows S1 and S3. To put another beside Anyon: a file that exports
 * `source`, and `npm run bench -- s1 s3 --beside ./that-file.ts` (README.md).
 */
export interface LogSource<Address = unknown> {
  /** As the table calls it. */
  name: string;
  /** What the program of the load writes to: a file on this machine, or the standard output of its container. */
  reads: 'file' | 'container';
  /** One that takes a minute for what others do in a second gets an eighth of the load where the load is a number of bytes. */
  slow?: boolean;
  /** Once, before all loads: installs and starts what is needed for any log. `directory` is its own and empty; `afterwards` takes what must be undone even when the start is interrupted. */
  open: (place: { directory: string; say: (line: string) => void; afterwards: (undo: () => Promise<void>) => void }) => Promise<OpenLogSource<Address>>;
  /** Reads one log from its beginning, as a browser or another program would, in a process of its own with nothing of what `open` made. */
  follow: (address: Address, reader: LogReader) => Promise<void>;
}

export interface OpenLogSource<Address = unknown> {
  /** Before each load: begins to serve these logs, which are there and empty. An address for each, which must survive JSON. */
  serve: (logs: readonly WrittenLog[]) => Promise<{ addresses: Address[]; close: () => Promise<void> }>;
  close: () => Promise<void>;
}

/** A log that is about to be written: whole lines of UTF-8 with a line end. */
export interface WrittenLog {
  /** A source that reads files. It has a directory of its own. */
  file: string;
  /** A source that reads containers. */
  container: string;
}

/** Who takes the log and measures it. */
export interface LogReader {
  /** From now on nothing that is written will be missed. The load begins when all readers are there. */
  connected: () => void;
  /** Every byte, in order. True when that was the last of it: then `follow` returns. */
  take: (piece: string | Buffer) => boolean;
}
