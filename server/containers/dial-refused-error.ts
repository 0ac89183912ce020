import { AnyonError } from '@/server/errors';

/** A port of a container could not be reached: nobody listens there, or the container's image has no way in (`old image`). */
export class DialRefusedError extends AnyonError {
  readonly reason: 'nobody listens' | 'old image';

  constructor(reason: DialRefusedError['reason'], port: number) {
    super('precondition', reason === 'nobody listens' ? `Nothing listens on port ${port} in the workspace.` : 'The container of this workspace was made from an image without port previews. Archive the workspace and restore it: its files stay, and its container is made anew.');
    this.reason = reason;
  }
}
