import { stat } from 'node:fs/promises';
import path from 'node:path';

/** The folder itself, or the nearest above it that is there: by it one knows where it will lie once it is made. */
export async function nearestFolder(folder: string): Promise<string> {
  for (let place = folder; ; place = path.dirname(place)) {
    if (place === path.dirname(place) || (await stat(place).then((found) => found.isDirectory(), () => false))) return place;
  }
}
