import { AnyonError } from '@/server/errors';

/** Nobody listens on that port of the container. */
export class DialRefusedError extends AnyonError {
  constructor(port: number) {
    super('precondition', `Nothing listens on port ${port} in the workspace.`);
  }
}
